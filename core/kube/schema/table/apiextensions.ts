/** Definitions of custom resources, with the JSON schemas in them. Notation: define.ts. */
import { define } from "./define.ts";

export const apiextensions = define(
  "apiextensions",
  `
message CustomResourceColumnDefinition
1 name string ! required ; The name.
2 type string ! required ; Which kind it is.
3 format string
4 description string ; What it is for.
5 priority int32 ; Higher goes first.
6 jsonPath string ! required

message CustomResourceConversion
1 strategy string ! required ; How the old is replaced.
2 webhook apiextensions.WebhookConversion *

message CustomResourceDefinition ; Adds a new kind of object to the API.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec apiextensions.CustomResourceDefinitionSpec ! required ; What is wanted.
3 status apiextensions.CustomResourceDefinitionStatus ! ; What was observed; written by the system.

message CustomResourceDefinitionCondition
1 type string ! required ; Which kind it is.
2 status string ! required ; What was observed; written by the system.
3 lastTransitionTime Time ! ; When it last changed.
4 reason string ; Why, in one word for programs.
5 message string ; Why, in words for people.
6 observedGeneration int64 ; The generation that this was observed at.

message CustomResourceDefinitionNames ; What the new kind is called.
1 plural string ! required ; Name in paths.
2 singular string ; Name for one.
3 shortNames []string ; Short names for kubectl.
4 kind string ! required ; The kind.
5 listKind string
6 categories []string ; Groups such as "all".

message CustomResourceDefinitionSpec ; What the new kind is.
1 group string ! required ; The API group.
3 names apiextensions.CustomResourceDefinitionNames ! required ; What it is called.
4 scope string ! required ; Namespaced or Cluster.
7 versions []apiextensions.CustomResourceDefinitionVersion ! required ; The versions.
9 conversion apiextensions.CustomResourceConversion *
10 preserveUnknownFields bool

message CustomResourceDefinitionStatus
1 conditions []apiextensions.CustomResourceDefinitionCondition ! map=type ; Aspects of the state, each true, false or unknown.
2 acceptedNames apiextensions.CustomResourceDefinitionNames !
3 storedVersions []string !
4 observedGeneration int64 ; The generation that this was observed at.

message CustomResourceDefinitionVersion ; One version of the new kind.
1 name string ! required ; The name.
2 served bool ! required ; Whether it can be asked for.
3 storage bool ! required ; Whether it is the one that is stored.
4 schema apiextensions.CustomResourceValidation * ; What values are allowed.
5 subresources apiextensions.CustomResourceSubresources *
6 additionalPrinterColumns []apiextensions.CustomResourceColumnDefinition
7 deprecated bool
8 deprecationWarning string *
9 selectableFields []apiextensions.SelectableField

message CustomResourceSubresourceScale
1 specReplicasPath string ! required
2 statusReplicasPath string ! required
3 labelSelectorPath string *

message CustomResourceSubresourceStatus

message CustomResourceSubresources
1 status apiextensions.CustomResourceSubresourceStatus * ; What was observed; written by the system.
2 scale apiextensions.CustomResourceSubresourceScale *

message CustomResourceValidation
1 openAPIV3Schema apiextensions.JSONSchemaProps *

message ExternalDocumentation
1 description string ; What it is for.
2 url string

message JSONSchemaProps ; A JSON schema: what values are allowed.
1 id string
2 $schema string
3 $ref string *
4 description string ; What it is for.
5 type string ; Which kind it is.
6 format string
7 title string
8 default JSON *
9 maximum double *
10 exclusiveMaximum bool
11 minimum double *
12 exclusiveMinimum bool
13 maxLength int64 *
14 minLength int64 *
15 pattern string
16 maxItems int64 *
17 minItems int64 *
18 uniqueItems bool
19 multipleOf double *
20 enum []JSON
21 maxProperties int64 *
22 minProperties int64 *
23 required []string
24 items SchemaOrArray * ; The parts of it.
25 allOf []apiextensions.JSONSchemaProps
26 oneOf []apiextensions.JSONSchemaProps
27 anyOf []apiextensions.JSONSchemaProps
28 not apiextensions.JSONSchemaProps *
29 properties map[apiextensions.JSONSchemaProps]
30 additionalProperties SchemaOrBool *
31 patternProperties map[apiextensions.JSONSchemaProps]
32 dependencies map[SchemaOrStrings]
33 additionalItems SchemaOrBool *
34 definitions map[apiextensions.JSONSchemaProps]
35 externalDocs apiextensions.ExternalDocumentation *
36 example JSON *
37 nullable bool
38 x-kubernetes-preserve-unknown-fields bool *
39 x-kubernetes-embedded-resource bool
40 x-kubernetes-int-or-string bool
41 x-kubernetes-list-map-keys []string
42 x-kubernetes-list-type string *
43 x-kubernetes-map-type string *
44 x-kubernetes-validations []apiextensions.ValidationRule map=rule patch=merge:rule

message SelectableField
1 jsonPath string ! required

message ServiceReference
1 namespace string ! required ; The namespace it is in.
2 name string ! required ; The name.
3 path string * ; The path.
4 port int32 * ; The port.

message ValidationRule
1 rule string ! required
2 message string ; Why, in words for people.
3 messageExpression string
4 reason string * ; Why, in one word for programs.
5 fieldPath string
6 optionalOldSelf bool *

message WebhookClientConfig
1 service apiextensions.ServiceReference *
2 caBundle bytes
3 url string *

message WebhookConversion
2 clientConfig apiextensions.WebhookClientConfig *
3 conversionReviewVersions []string ! required
`,
);
