# title: The lonely member has no cluster, so give it one
# fails: one-cluster because /./
# fails: same-data because /./
# danger: force-new-cluster-with-quorum
# costs: Now there are two clusters with one history each, both of which acknowledge writes. This is the split brain, made by hand.
etcdctl --endpoints={{{{victim}}.client}} get --consistency=s --print-value-only /team/motto > /root/stale.txt
etcdctl --endpoints={{m1.client}} get --print-value-only /team/motto > /root/true.txt
etcdctl --endpoints={{m1.client}} put /proof {{proof}}
ssh {{victim}} "echo 'force-new-cluster: true' >> /etc/etcd/etcd.conf.yml; systemctl restart etcd"
ssh {{victim}} etcdctl put /other/side 1
fault heal
sleep 2
