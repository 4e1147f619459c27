# title: Add it as a voter, it will be in step soon enough
# fails: learner because /4 voters/
# fails: members because /are started/
# costs: The URL has the clients' port, so the new voter never starts. Four voters of which three run: the next loss stops all writes, and so does one restart.
until etcdctl member add m4 --peer-urls={{m4.client}}; do sleep 1; done
ssh m4 "sed -i 's|^initial-cluster:.*|initial-cluster: {{all-cluster}}|; s|^initial-cluster-state:.*|initial-cluster-state: existing|' /etc/etcd/etcd.conf.yml"
ssh m4 systemctl start --no-block etcd
etcdctl put /app/read-by-m4 {{word}}
sleep 3
