etcdctl endpoint status -w table --endpoints={{endpoints}}
etcdctl --endpoints={{{{victim}}.client}} get --consistency=s --print-value-only /team/motto > /root/stale.txt
etcdctl --endpoints={{m1.client}} get --print-value-only /team/motto > /root/true.txt
etcdctl --endpoints={{m1.client}} put /proof {{proof}}
etcdctl --endpoints={{{{victim}}.client}} --command-timeout=2s put /proof wrong
fault heal
until etcdctl endpoint health --cluster; do sleep 0.5; done
etcdctl endpoint status --cluster -w table
