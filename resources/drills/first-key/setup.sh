etcdctl put /notes/today {{old}} > /dev/null
etcdctl put /notes/today later > /dev/null
etcdctl put {{gone}} 1 > /dev/null
etcdctl put {{gone}}-new 1 > /dev/null
etcdctl put /old/other 1 > /dev/null
