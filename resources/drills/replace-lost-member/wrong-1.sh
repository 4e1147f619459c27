# title: Start etcd on the new host, it will join by itself
# fails: members because /./
# fails: one-cluster because /more than one cluster/
# danger: second-cluster
# costs: m4 founded a cluster of its own, empty and healthy. Clients that know its address read nothing from it and write into nowhere, while the real cluster still has a dead member.
ssh m4 'systemctl enable --now etcd'
sleep 3
