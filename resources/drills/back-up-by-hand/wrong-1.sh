# title: The database is a file, so copy the file
# fails: snapshot because /no whole snapshot/
# costs: The copy has no digest and perhaps half of a page; etcdutl refuses to restore it, and what the member had not yet committed to it is missing.
mkdir -p /var/backups
cp /var/lib/etcd/member/snap/db /var/backups/{{tag}}.db
etcdutl snapshot status /var/backups/{{tag}}.db -w json | jq .revision > /root/revision.txt
ssh m2 mkdir -p /var/backups
scp /var/backups/{{tag}}.db m2:/var/backups/
