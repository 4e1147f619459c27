# title: Restore, restart, done
# fails: keys because /0 keys under/
# fails: folder because /data-dir: \/var\/lib\/etcd$/
# costs: The snapshot was restored into default.etcd, which no service uses. etcd was interrupted for nothing and still serves the store without the namespace.
systemctl stop kube-apiserver
sleep 2
etcdutl snapshot restore /root/nightly.db
systemctl restart etcd
systemctl start kube-apiserver
