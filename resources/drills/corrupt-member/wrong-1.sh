# title: Restart it, then it will catch up
# fails: same-data because /different data/
# costs: A member that comes back asks for the log entries that it misses. It misses none, so it goes on answering with the wrong amount.
echo {{victim}} > /root/answer.txt
ssh {{victim}} systemctl restart etcd
etcdctl --endpoints={{{{victim}}.client}} defrag
