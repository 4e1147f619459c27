# title: Stop etcd everywhere and defragment in peace
# fails: quorum because /quorum-lost/
# danger: quorum-lost
# costs: The files are small, and nobody could write until the last one was ready. It would have been the same result with all clients served.
for host in m1 m2 m3; do ssh $host systemctl stop etcd; done
for host in m1 m2 m3; do ssh $host etcdutl defrag --data-dir /var/lib/etcd; done
sleep 2
for host in m1 m2 m3; do ssh $host systemctl start --no-block etcd; done
until etcdctl endpoint health --cluster; do sleep 0.5; done
