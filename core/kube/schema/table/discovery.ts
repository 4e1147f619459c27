/** Endpoint slices. Notation: define.ts. */
import { define } from "./define.ts";

export const discovery = define(
  "discovery",
  `
message Endpoint ; One address behind a service, with its state.
1 addresses []string ! required list=set ; Addresses.
2 conditions discovery.EndpointConditions ! ; Aspects of the state, each true, false or unknown.
3 hostname string * ; The host name inside.
4 targetRef core.ObjectReference *
5 deprecatedTopology map[string]
6 nodeName string * ; The node that it runs on.
7 zone string *
8 hints discovery.EndpointHints *

message EndpointConditions
1 ready bool * ; Whether it is ready.
2 serving bool *
3 terminating bool *

message EndpointHints
1 forZones []discovery.ForZone
2 forNodes []discovery.ForNode

message EndpointPort atomic
1 name string * ; The name.
2 protocol string * ; TCP, UDP or SCTP.
3 port int32 * ; The port.
4 appProtocol string *

message EndpointSlice ; A part of the addresses behind a service.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 endpoints []discovery.Endpoint !
3 ports []discovery.EndpointPort ! ; Ports, by number and name.
4 addressType string ! required

message ForNode
1 name string ! required ; The name.

message ForZone
1 name string ! required ; The name.
`,
);
