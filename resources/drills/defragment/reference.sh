next=$(etcdctl member list | grep -v ', {{leader}},' | head -1 | cut -d, -f1)
for host in m1 m2 m3; do
  if [ $host != {{leader}} ]; then etcdctl --endpoints=http://$host:2379 defrag; etcdctl endpoint health --cluster; fi
done
etcdctl --endpoints=http://{{leader}}:2379 move-leader $next
etcdctl --endpoints=http://{{leader}}:2379 defrag
etcdctl endpoint status --cluster -w table
