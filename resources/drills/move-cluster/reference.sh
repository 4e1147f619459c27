export ETCDCTL_ENDPOINTS={{m1.client}},{{m4.client}},{{m5.client}},{{m6.client}}
until etcdctl member add m4 --peer-urls={{m4.peer}}; do sleep 1; done
ssh m4 "sed -i 's|^initial-cluster:.*|initial-cluster: {{cluster}},m4={{m4.peer}}|; s|^initial-cluster-state:.*|initial-cluster-state: existing|' /etc/etcd/etcd.conf.yml; systemctl enable --now etcd"
until ssh m4 etcdctl endpoint health; do sleep 0.5; done
until etcdctl member remove $(etcdctl member list | grep ', m3,' | cut -d, -f1); do sleep 1; done
ssh m3 systemctl disable --now etcd
until etcdctl member add m5 --peer-urls={{m5.peer}}; do sleep 1; done
ssh m5 "sed -i 's|^initial-cluster:.*|initial-cluster: m1={{m1.peer}},m2={{m2.peer}},m4={{m4.peer}},m5={{m5.peer}}|; s|^initial-cluster-state:.*|initial-cluster-state: existing|' /etc/etcd/etcd.conf.yml; systemctl enable --now etcd"
until ssh m5 etcdctl endpoint health; do sleep 0.5; done
until etcdctl member remove $(etcdctl member list | grep ', m2,' | cut -d, -f1); do sleep 1; done
ssh m2 systemctl disable --now etcd
until etcdctl member add m6 --peer-urls={{m6.peer}}; do sleep 1; done
ssh m6 "sed -i 's|^initial-cluster:.*|initial-cluster: m1={{m1.peer}},m4={{m4.peer}},m5={{m5.peer}},m6={{m6.peer}}|; s|^initial-cluster-state:.*|initial-cluster-state: existing|' /etc/etcd/etcd.conf.yml; systemctl enable --now etcd"
until ssh m6 etcdctl endpoint health; do sleep 0.5; done
export ETCDCTL_ENDPOINTS={{m4.client}},{{m5.client}},{{m6.client}}
until etcdctl member remove $(etcdctl member list | grep ', m1,' | cut -d, -f1); do sleep 1; done
systemctl disable --now etcd
until etcdctl endpoint health --cluster; do sleep 0.5; done
