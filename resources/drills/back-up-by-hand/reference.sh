mkdir -p /var/backups
etcdctl snapshot save /var/backups/{{tag}}.db
etcdutl snapshot status /var/backups/{{tag}}.db -w json | jq .revision > /root/revision.txt
ssh m2 mkdir -p /var/backups
scp /var/backups/{{tag}}.db m2:/var/backups/
