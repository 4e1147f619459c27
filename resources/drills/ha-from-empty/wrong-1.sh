# title: Each host only has to know itself, they will find each other
# fails: one-cluster because /more than one cluster/
# fails: members because /1 voters/
# costs: Three clusters of one, all healthy, each with its own truth. It shows on the day on which a key is on m1 and not on m2.
for host in m1 m2 m3; do
  address=$(ssh $host hostname -i)
  cat > /tmp/conf <<EOF
name: $host
data-dir: /var/lib/etcd
listen-client-urls: http://$address:{{m1.client-port}}
advertise-client-urls: http://$address:{{m1.client-port}}
listen-peer-urls: http://$address:{{m1.peer-port}}
initial-advertise-peer-urls: http://$address:{{m1.peer-port}}
initial-cluster: $host=http://$address:{{m1.peer-port}}
initial-cluster-token: {{token}}
initial-cluster-state: new
EOF
  ssh $host mkdir -p /etc/etcd
  scp /tmp/conf $host:/etc/etcd/etcd.conf.yml
  ssh $host systemctl enable --now etcd
done
etcdctl put /{{key}} up
