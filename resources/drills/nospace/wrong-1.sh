# title: Take the alarm away
# fails: alarm because /NOSPACE/
# fails: small because /below 5MB is wanted/
# costs: The database is as full as before, so the next write raises the alarm again. The cluster went from writable to read-only once more, in front of everybody.
etcdctl alarm disarm
sleep 3
