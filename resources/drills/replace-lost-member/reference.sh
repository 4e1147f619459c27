etcdctl endpoint health --cluster
id=$(etcdctl member list | grep ', {{dead}},' | cut -d, -f1)
until etcdctl member remove $id; do sleep 1; done
until etcdctl member add m4 --peer-urls={{m4.peer}}; do sleep 1; done
ssh m4 "sed -i 's|^initial-cluster:.*|initial-cluster: m1={{m1.peer}},{{other}}={{{{other}}.peer}},m4={{m4.peer}}|; s|^initial-cluster-state:.*|initial-cluster-state: existing|' /etc/etcd/etcd.conf.yml"
ssh m4 'systemctl enable --now etcd'
until etcdctl endpoint health --cluster; do sleep 0.5; done
