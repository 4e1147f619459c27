# title: Move the leader, from where I am
# fails: leader because /leads/
# costs: move-leader was asked of a follower, which answers "no leader endpoint given". Nothing has moved, and the ticket is closed.
echo {{victim}} > /root/answer.txt
next=$(etcdctl member list | grep ', m1,' | cut -d, -f1)
etcdctl --endpoints={{m1.client}} move-leader $next
