# title: The clients are outside, the members are among themselves
# fails: peers because /exits with 1: 0/
# fails: peer-certificates because /exits with 1: 0/
# costs: Everything that clients write in secret goes from member to member in the clear, and whoever reaches a peer port can pretend to be a member.
for host in m1 m2 m3; do
  address=$(ssh $host hostname -i)
  cat > /tmp/conf <<EOF
name: $host
data-dir: /var/lib/etcd
listen-client-urls: https://$address:{{m1.client-port}}
advertise-client-urls: https://$address:{{m1.client-port}}
listen-peer-urls: http://$address:{{m1.peer-port}}
initial-advertise-peer-urls: http://$address:{{m1.peer-port}}
initial-cluster: {{all-cluster}}
initial-cluster-state: new
client-transport-security:
  cert-file: /etc/etcd/pki/server.crt
  key-file: /etc/etcd/pki/server.key
  trusted-ca-file: /etc/etcd/pki/ca.crt
  client-cert-auth: true
EOF
  ssh $host mkdir -p /etc/etcd
  scp /tmp/conf $host:/etc/etcd/etcd.conf.yml
  ssh $host 'systemctl enable etcd; systemctl start --no-block etcd'
done
export ETCDCTL_ENDPOINTS=https://127.0.0.1:{{m1.client-port}} ETCDCTL_CACERT=/etc/etcd/pki/ca.crt ETCDCTL_CERT=/etc/etcd/pki/server.crt ETCDCTL_KEY=/etc/etcd/pki/server.key
until etcdctl endpoint health --cluster; do sleep 0.5; done
etcdctl put /{{key}} safe
