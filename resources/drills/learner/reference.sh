until etcdctl member add m4 --learner --peer-urls={{m4.peer}} > /tmp/added; do sleep 1; done
id=$(head -1 /tmp/added | awk '{print $2}')
ssh m4 "sed -i 's|^initial-cluster:.*|initial-cluster: {{all-cluster}}|; s|^initial-cluster-state:.*|initial-cluster-state: existing|' /etc/etcd/etcd.conf.yml"
ssh m4 systemctl enable --now etcd
until etcdctl member promote $id; do sleep 0.5; done
etcdctl put /app/read-by-m4 {{word}}
until ssh m4 etcdctl get /app/read-by-m4; do sleep 0.5; done
