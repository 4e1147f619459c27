drill certificates m1 m2 m3
for host in m1 m2 m3; do ssh $host 'rm -f /etc/etcd/etcd.conf.yml'; done
