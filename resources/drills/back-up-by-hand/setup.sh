etcdctl put /shop/order {{order}} > /dev/null
drill writes 5
drill mark order
