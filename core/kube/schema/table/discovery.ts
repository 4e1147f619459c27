/** Endpoint slices. Notation: define.ts. */
import { define } from "./define.ts";

export const discovery = define(
  "discovery",
  `
message Endpoint
1 addresses []string ! required list=set
2 conditions discovery.EndpointConditions !
3 hostname string *
4 targetRef core.ObjectReference *
5 deprecatedTopology map[string]
6 nodeName string *
7 zone string *
8 hints discovery.EndpointHints *

message EndpointConditions
1 ready bool *
2 serving bool *
3 terminating bool *

message EndpointHints
1 forZones []discovery.ForZone
2 forNodes []discovery.ForNode

message EndpointPort atomic
1 name string *
2 protocol string *
3 port int32 *
4 appProtocol string *

message EndpointSlice
1 metadata meta.ObjectMeta !
2 endpoints []discovery.Endpoint !
3 ports []discovery.EndpointPort !
4 addressType string ! required

message ForNode
1 name string ! required

message ForZone
1 name string ! required
`,
);
