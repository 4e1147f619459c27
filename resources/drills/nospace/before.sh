for host in m1 m2 m3; do ssh $host "echo 'quota-backend-bytes: 8388608' >> /etc/etcd/etcd.conf.yml"; done
