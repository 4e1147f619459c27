drill lead {{victim}}
fault slow-disk {{victim}} {{delay}} > /dev/null
drill writes 15
