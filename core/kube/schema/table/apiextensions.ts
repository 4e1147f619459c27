/** Definitions of custom resources, with the JSON schemas in them. Notation: define.ts. */
import { define } from "./define.ts";

export const apiextensions = define(
  "apiextensions",
  `
message CustomResourceColumnDefinition
1 name string ! required
2 type string ! required
3 format string
4 description string
5 priority int32
6 jsonPath string ! required

message CustomResourceConversion
1 strategy string ! required
2 webhook apiextensions.WebhookConversion *

message CustomResourceDefinition
1 metadata meta.ObjectMeta !
2 spec apiextensions.CustomResourceDefinitionSpec ! required
3 status apiextensions.CustomResourceDefinitionStatus !

message CustomResourceDefinitionCondition
1 type string ! required
2 status string ! required
3 lastTransitionTime Time !
4 reason string
5 message string
6 observedGeneration int64

message CustomResourceDefinitionNames
1 plural string ! required
2 singular string
3 shortNames []string
4 kind string ! required
5 listKind string
6 categories []string

message CustomResourceDefinitionSpec
1 group string ! required
3 names apiextensions.CustomResourceDefinitionNames ! required
4 scope string ! required
7 versions []apiextensions.CustomResourceDefinitionVersion ! required
9 conversion apiextensions.CustomResourceConversion *
10 preserveUnknownFields bool

message CustomResourceDefinitionStatus
1 conditions []apiextensions.CustomResourceDefinitionCondition ! map=type
2 acceptedNames apiextensions.CustomResourceDefinitionNames !
3 storedVersions []string !
4 observedGeneration int64

message CustomResourceDefinitionVersion
1 name string ! required
2 served bool ! required
3 storage bool ! required
4 schema apiextensions.CustomResourceValidation *
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
1 status apiextensions.CustomResourceSubresourceStatus *
2 scale apiextensions.CustomResourceSubresourceScale *

message CustomResourceValidation
1 openAPIV3Schema apiextensions.JSONSchemaProps *

message ExternalDocumentation
1 description string
2 url string

message JSONSchemaProps
1 id string
2 $schema string
3 $ref string *
4 description string
5 type string
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
24 items SchemaOrArray *
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
1 namespace string ! required
2 name string ! required
3 path string *
4 port int32 *

message ValidationRule
1 rule string ! required
2 message string
3 messageExpression string
4 reason string *
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
