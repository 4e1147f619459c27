# title: Delete the keys that take the room
# fails: keys because /0 keys under/
# fails: small because /below 5MB is wanted/
# costs: A deletion is one more revision: the file stays as big, and now the data are gone too.
etcdctl del --prefix /{{topic}}/
etcdctl alarm disarm
sleep 2
