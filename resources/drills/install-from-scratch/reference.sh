tar -xzf /opt/etcd-v3.6.14-linux-amd64.tar.gz -C /opt
cp /opt/etcd-v3.6.14-linux-amd64/etcd /opt/etcd-v3.6.14-linux-amd64/etcdctl /opt/etcd-v3.6.14-linux-amd64/etcdutl /usr/local/bin/
chmod +x /usr/local/bin/etcd /usr/local/bin/etcdctl /usr/local/bin/etcdutl
cat > /etc/systemd/system/etcd.service <<'EOF'
[Unit]
Description=etcd
After=network-online.target

[Service]
Type=notify
ExecStart=/usr/local/bin/etcd --name m1 --data-dir {{folder}} --listen-client-urls {{m1.client}} --advertise-client-urls {{m1.client}} --listen-peer-urls {{m1.peer}} --initial-advertise-peer-urls {{m1.peer}} --initial-cluster m1={{m1.peer}}
Restart=on-failure

[Install]
WantedBy=multi-user.target
EOF
systemctl daemon-reload
systemctl enable --now etcd
until etcdctl endpoint health; do sleep 0.5; done
etcdctl put /{{key}} installed
