systemctl stop etcd
cp -r /var/lib/etcd /root/etcd-of-m1
echo 'force-new-cluster: true' >> /etc/etcd/etcd.conf.yml
systemctl start etcd
until etcdctl endpoint health; do sleep 0.5; done
sed -i '/^force-new-cluster/d' /etc/etcd/etcd.conf.yml
systemctl restart etcd
until etcdctl endpoint health; do sleep 0.5; done
until etcdctl member add m2 --learner --peer-urls={{m2.peer}} > /tmp/added; do sleep 1; done
id=$(head -1 /tmp/added | awk '{print $2}')
ssh m2 "sed -i 's|^initial-cluster:.*|initial-cluster: m1={{m1.peer}},m2={{m2.peer}}|; s|^initial-cluster-state:.*|initial-cluster-state: existing|' /etc/etcd/etcd.conf.yml"
ssh m2 systemctl start etcd
until etcdctl member promote $id; do sleep 0.5; done
until etcdctl member add m3 --learner --peer-urls={{m3.peer}} > /tmp/added; do sleep 1; done
id=$(head -1 /tmp/added | awk '{print $2}')
ssh m3 "sed -i 's|^initial-cluster:.*|initial-cluster: {{cluster}}|; s|^initial-cluster-state:.*|initial-cluster-state: existing|' /etc/etcd/etcd.conf.yml"
ssh m3 systemctl start etcd
until etcdctl member promote $id; do sleep 0.5; done
