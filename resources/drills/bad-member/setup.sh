etcdctl put /app/state two > /dev/null
drill writes 5
# refused until both members have been connected for five seconds
until etcdctl member add m3 --peer-urls=http://{{m3.address}}:{{typo}} > /dev/null 2> /dev/null; do sleep 1; done
