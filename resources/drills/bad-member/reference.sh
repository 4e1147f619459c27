id=$(etcdctl member list | grep unstarted | cut -d, -f1)
etcdctl member update $id --peer-urls={{m3.peer}}
ssh m3 "sed -i 's|^initial-cluster:.*|initial-cluster: {{all-cluster}}|; s|^initial-cluster-state:.*|initial-cluster-state: existing|' /etc/etcd/etcd.conf.yml"
ssh m3 systemctl enable --now etcd
until etcdctl endpoint health --cluster; do sleep 0.5; done
