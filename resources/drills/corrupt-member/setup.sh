etcdctl put /bank/{{account}} {{amount}} > /dev/null
drill writes 5
sleep 1
ssh {{victim}} systemctl stop etcd
drill flip {{victim}} /bank/{{account}} {{amount}}0
ssh {{victim}} systemctl start etcd
drill writes 5
