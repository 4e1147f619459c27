etcdctl put /app/name {{word}} > /dev/null
drill writes 10
