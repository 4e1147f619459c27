etcdctl put /app/state two > /dev/null
drill writes 5
etcdctl member add m3 --peer-urls=http://{{m3.address}}:{{typo}} > /dev/null
