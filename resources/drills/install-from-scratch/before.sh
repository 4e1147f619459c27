cd /opt && mkdir etcd-v3.6.14-linux-amd64 && cp /root/etcd /root/etcdctl /root/etcdutl etcd-v3.6.14-linux-amd64/ && tar -czf etcd-v3.6.14-linux-amd64.tar.gz etcd-v3.6.14-linux-amd64
rm -rf /opt/etcd-v3.6.14-linux-amd64 /root/etcd /root/etcdctl /root/etcdutl /usr/local/bin/etcd /usr/local/bin/etcdctl /usr/local/bin/etcdutl /etc/etcd /etc/systemd/system/etcd.service /etc/systemd/system/kube-apiserver.service
systemctl daemon-reload
