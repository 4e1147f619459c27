etcdctl put /team/motto {{old}} > /dev/null
drill writes 5
drill lead {{victim}}
fault isolate {{victim}} > /dev/null
until etcdctl --endpoints={{m1.client}} put /team/motto {{new}} > /dev/null 2>&1; do sleep 0.3; done
drill writes 5
