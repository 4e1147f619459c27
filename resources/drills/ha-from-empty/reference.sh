for host in m1 m2 m3; do
  address=$(ssh $host hostname -i)
  cat > /tmp/conf <<EOF
name: $host
data-dir: /var/lib/etcd
listen-client-urls: http://$address:{{m1.client-port}}
advertise-client-urls: http://$address:{{m1.client-port}}
listen-peer-urls: http://$address:{{m1.peer-port}}
initial-advertise-peer-urls: http://$address:{{m1.peer-port}}
initial-cluster: {{all-cluster}}
initial-cluster-token: {{token}}
initial-cluster-state: new
EOF
  ssh $host mkdir -p /etc/etcd
  scp /tmp/conf $host:/etc/etcd/etcd.conf.yml
  ssh $host 'systemctl enable etcd; systemctl start --no-block etcd'
done
until etcdctl endpoint health --cluster; do sleep 0.5; done
sed -i 's|--etcd-servers=[^ ]*|--etcd-servers={{m1.client}},{{m2.client}},{{m3.client}}|' /etc/systemd/system/kube-apiserver.service
systemctl daemon-reload
systemctl restart kube-apiserver
etcdctl put /{{key}} up
