for host in m1 m2 m3; do
  sum=$(curl -s http://$host:2379/metrics | grep '^etcd_disk_wal_fsync_duration_seconds_sum' | awk '{print $2}')
  count=$(curl -s http://$host:2379/metrics | grep '^etcd_disk_wal_fsync_duration_seconds_count' | awk '{print $2}')
  echo "$sum $count $host" | awk '{print $1 / $2, $3}'
done | sort -n | tail -1 | awk '{print $2}' > /root/answer.txt
slow=$(cat /root/answer.txt)
next=$(etcdctl member list | grep -v ", $slow," | head -1 | cut -d, -f1)
etcdctl --endpoints=http://$slow:2379 move-leader $next
