# title: The list knows m3 already, so just start it
# fails: healthy because /m3/
# fails: members because /are started|voters/
# costs: m3 compares the list with its own URL and refuses to start. Whoever then mends its flag to the mistyped port has a member that listens where nobody expects it.
ssh m3 "sed -i 's|^initial-cluster:.*|initial-cluster: {{all-cluster}}|; s|^initial-cluster-state:.*|initial-cluster-state: existing|' /etc/etcd/etcd.conf.yml"
ssh m3 systemctl start etcd
