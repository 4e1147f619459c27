# title: Stop, copy the folders, start over there
# fails: members because /./
# fails: quorum because /quorum-lost/
# danger: quorum-lost
# costs: All clients waited, and then the members on the new hosts were still the old ones by their ids and looked for each other at the old addresses.
for host in m1 m2 m3; do ssh $host systemctl stop etcd; done
ssh m1 scp -r /var/lib/etcd m4:/var/lib/
ssh m2 scp -r /var/lib/etcd m5:/var/lib/
ssh m3 scp -r /var/lib/etcd m6:/var/lib/
for host in m4 m5 m6; do ssh $host systemctl start --no-block etcd; done
sleep 5
