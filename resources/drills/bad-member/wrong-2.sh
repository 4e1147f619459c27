# title: Restart m2, then it will see the new member
# fails: quorum because /quorum-lost/
# danger: quorum-lost
# costs: Of three entries only m1 runs while m2 is down. Until it is back nothing can be written, and had it not come back, nothing could be changed either.
ssh m2 systemctl stop etcd
sleep 4
ssh m2 systemctl start etcd
