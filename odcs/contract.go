package odcs

// A Contract is the typed model of an ODCS v3 document. Field names follow the
// standard, so its documentation is theirs.
//
// Extra, here and below, holds the keys the model has no field for, and the
// values a field cannot hold (a null, or a value of a wrong type), so that
// nothing read is lost by [Write]. Two things are not kept apart: an absent
// field, and one written with the zero value (false, 0, "", []).
type Contract struct {
	Pos                      Pos                       `json:"-"`
	APIVersion               string                    `odcs:"apiVersion"`
	Kind                     string                    `odcs:"kind"`
	ID                       string                    `odcs:"id"`
	Name                     string                    `odcs:"name"`
	Version                  string                    `odcs:"version"`
	Status                   string                    `odcs:"status"`
	Tenant                   string                    `odcs:"tenant"`
	Domain                   string                    `odcs:"domain"`
	DataProduct              string                    `odcs:"dataProduct"` // deprecated since v3.1.0
	Tags                     []string                  `odcs:"tags"`
	Description              *Description              `odcs:"description"`
	Servers                  []Server                  `odcs:"servers"`
	Schema                   []SchemaObject            `odcs:"schema"`
	SLADefaultElement        string                    `odcs:"slaDefaultElement"` // deprecated since v3.1.0
	SLAProperties            []SLAProperty             `odcs:"slaProperties"`
	Team                     *Team                     `odcs:"team"`
	Roles                    []Role                    `odcs:"roles"`
	Support                  []SupportChannel          `odcs:"support"`
	Price                    *Price                    `odcs:"price"`
	AuthoritativeDefinitions []AuthoritativeDefinition `odcs:"authoritativeDefinitions"`
	CustomProperties         CustomProperties          `odcs:"customProperties"`
	ContractCreatedTs        string                    `odcs:"contractCreatedTs"`
	Extra                    map[string]any            `odcs:",extra"`
}

// A Description says in words what the data is for.
type Description struct {
	Pos                      Pos                       `json:"-"`
	Purpose                  string                    `odcs:"purpose"`
	Limitations              string                    `odcs:"limitations"`
	Usage                    string                    `odcs:"usage"`
	AuthoritativeDefinitions []AuthoritativeDefinition `odcs:"authoritativeDefinitions"`
	CustomProperties         CustomProperties          `odcs:"customProperties"`
	Extra                    map[string]any            `odcs:",extra"`
}

// A Server is a place where the data lies. What only one type of server has
// (project, bucket, stream, …) is in Settings.
type Server struct {
	Pos              Pos              `json:"-"`
	ID               string           `odcs:"id"`
	Server           string           `odcs:"server"`
	Type             string           `odcs:"type"`
	Description      string           `odcs:"description"`
	Environment      string           `odcs:"environment"`
	Host             string           `odcs:"host"`
	Port             *int             `odcs:"port"`
	Database         string           `odcs:"database"`
	Schema           string           `odcs:"schema"`
	Location         string           `odcs:"location"`
	Path             string           `odcs:"path"`
	Format           string           `odcs:"format"`
	Settings         map[string]any   `odcs:",extra"`
	Roles            []Role           `odcs:"roles"`
	CustomProperties CustomProperties `odcs:"customProperties"`
}

// A SchemaObject is a table, a topic, a file: one element of the contract's
// schema.
type SchemaObject struct {
	Pos                        Pos                       `json:"-"`
	ID                         string                    `odcs:"id"`
	Name                       string                    `odcs:"name"`
	LogicalType                string                    `odcs:"logicalType"`
	PhysicalName               string                    `odcs:"physicalName"`
	PhysicalType               string                    `odcs:"physicalType"`
	BusinessName               string                    `odcs:"businessName"`
	Description                string                    `odcs:"description"`
	DataGranularityDescription string                    `odcs:"dataGranularityDescription"`
	Tags                       []string                  `odcs:"tags"`
	AuthoritativeDefinitions   []AuthoritativeDefinition `odcs:"authoritativeDefinitions"`
	Relationships              []Relationship            `odcs:"relationships"`
	Properties                 []Property                `odcs:"properties"`
	Quality                    []QualityRule             `odcs:"quality"`
	CustomProperties           CustomProperties          `odcs:"customProperties"`
	Extra                      map[string]any            `odcs:",extra"`
}

// A Property is a column, or a field inside another property.
type Property struct {
	Pos                      Pos                       `json:"-"`
	ID                       string                    `odcs:"id"`
	Name                     string                    `odcs:"name"`
	PrimaryKey               bool                      `odcs:"primaryKey"`
	PrimaryKeyPosition       int                       `odcs:"primaryKeyPosition"` // from 1; less is none
	PhysicalName             string                    `odcs:"physicalName"`
	PhysicalType             string                    `odcs:"physicalType"`
	LogicalType              string                    `odcs:"logicalType"`
	LogicalTypeOptions       Options                   `odcs:"logicalTypeOptions"`
	BusinessName             string                    `odcs:"businessName"`
	Description              string                    `odcs:"description"`
	Required                 bool                      `odcs:"required"`
	Unique                   bool                      `odcs:"unique"`
	Partitioned              bool                      `odcs:"partitioned"`
	PartitionKeyPosition     int                       `odcs:"partitionKeyPosition"` // from 1; less is none
	Classification           string                    `odcs:"classification"`
	EncryptedName            string                    `odcs:"encryptedName"`
	CriticalDataElement      bool                      `odcs:"criticalDataElement"`
	TransformSourceObjects   []string                  `odcs:"transformSourceObjects"`
	TransformLogic           string                    `odcs:"transformLogic"`
	TransformDescription     string                    `odcs:"transformDescription"`
	Examples                 []any                     `odcs:"examples"`
	Tags                     []string                  `odcs:"tags"`
	AuthoritativeDefinitions []AuthoritativeDefinition `odcs:"authoritativeDefinitions"`
	Relationships            []Relationship            `odcs:"relationships"`
	Properties               []Property                `odcs:"properties"` // of an object
	Items                    *Property                 `odcs:"items"`      // of an array
	Quality                  []QualityRule             `odcs:"quality"`
	CustomProperties         CustomProperties          `odcs:"customProperties"`
	Extra                    map[string]any            `odcs:",extra"`
}

// Options are a property's logicalTypeOptions: maxLength, minimum, pattern, …
type Options map[string]any

// Text returns an option that is text, such as pattern or format.
func (o Options) Text(name string) (string, bool) {
	s, ok := o[name].(string)
	return s, ok
}

// Number returns an option that is a number, such as maximum.
func (o Options) Number(name string) (float64, bool) { return asFloat(o[name]) }

// Int returns an option that is a whole number, such as maxLength.
func (o Options) Int(name string) (int64, bool) { return asInt(o[name]) }

// A QualityRule is one check on an object or a property. Which fields matter
// depends on Type: metric (rule until v3.0.2) for library, query for sql,
// engine and implementation for custom. An empty Type means library.
type QualityRule struct {
	Pos                      Pos                       `json:"-"`
	ID                       string                    `odcs:"id"`
	Name                     string                    `odcs:"name"`
	Type                     string                    `odcs:"type"`
	Description              string                    `odcs:"description"`
	Metric                   string                    `odcs:"metric"`
	Rule                     string                    `odcs:"rule"` // v3.0.x; deprecated since v3.1.0
	Arguments                map[string]any            `odcs:"arguments"`
	ValidValues              []any                     `odcs:"validValues"` // v3.0.x; arguments.validValues since v3.1.0
	MustBe                   any                       `odcs:"mustBe"`
	MustNotBe                any                       `odcs:"mustNotBe"`
	MustBeGreaterThan        *float64                  `odcs:"mustBeGreaterThan"`
	MustBeGreaterOrEqualTo   *float64                  `odcs:"mustBeGreaterOrEqualTo"`
	MustBeLessThan           *float64                  `odcs:"mustBeLessThan"`
	MustBeLessOrEqualTo      *float64                  `odcs:"mustBeLessOrEqualTo"`
	MustBeBetween            []float64                 `odcs:"mustBeBetween"`
	MustNotBeBetween         []float64                 `odcs:"mustNotBeBetween"`
	Unit                     string                    `odcs:"unit"`
	Query                    string                    `odcs:"query"`
	Engine                   string                    `odcs:"engine"`
	Implementation           any                       `odcs:"implementation"` // text, or a mapping
	Dimension                string                    `odcs:"dimension"`
	Method                   string                    `odcs:"method"`
	Severity                 string                    `odcs:"severity"`
	BusinessImpact           string                    `odcs:"businessImpact"`
	Schedule                 string                    `odcs:"schedule"`
	Scheduler                string                    `odcs:"scheduler"`
	Tags                     []string                  `odcs:"tags"`
	AuthoritativeDefinitions []AuthoritativeDefinition `odcs:"authoritativeDefinitions"`
	CustomProperties         CustomProperties          `odcs:"customProperties"`
	Extra                    map[string]any            `odcs:",extra"`
}

// Kind is the rule's Type, with the standard's default for an empty one.
func (q QualityRule) Kind() string {
	if q.Type == "" {
		return "library"
	}
	return q.Type
}

// Values are the values a library rule allows, wherever the document's version
// of the standard keeps them.
func (q QualityRule) Values() []any {
	if q.ValidValues != nil {
		return q.ValidValues
	}
	list, _ := q.Arguments["validValues"].([]any)
	return list
}

// Operator returns the name of the comparison, its operands, and whether the
// rule has one. Where a rule (wrongly) has several, it is the first by the order
// of the fields.
func (q QualityRule) Operator() (name string, operands []any, ok bool) {
	if q.MustBe != nil {
		return "mustBe", []any{q.MustBe}, true
	}
	if q.MustNotBe != nil {
		return "mustNotBe", []any{q.MustNotBe}, true
	}
	for _, one := range []struct {
		name    string
		operand *float64
	}{
		{"mustBeGreaterThan", q.MustBeGreaterThan},
		{"mustBeGreaterOrEqualTo", q.MustBeGreaterOrEqualTo},
		{"mustBeLessThan", q.MustBeLessThan},
		{"mustBeLessOrEqualTo", q.MustBeLessOrEqualTo},
	} {
		if one.operand != nil {
			return one.name, []any{*one.operand}, true
		}
	}
	if len(q.MustBeBetween) == 2 {
		return "mustBeBetween", []any{q.MustBeBetween[0], q.MustBeBetween[1]}, true
	}
	if len(q.MustNotBeBetween) == 2 {
		return "mustNotBeBetween", []any{q.MustNotBeBetween[0], q.MustNotBeBetween[1]}, true
	}
	return "", nil, false
}

// A Relationship is a foreign key. From is empty on a property, which is its
// own source. Each end is one reference, or several for a composite key.
type Relationship struct {
	Pos              Pos              `json:"-"`
	Type             string           `odcs:"type"`
	From             References       `odcs:"from"`
	To               References       `odcs:"to"`
	CustomProperties CustomProperties `odcs:"customProperties"`
	Extra            map[string]any   `odcs:",extra"`
}

// References are one end of a relationship. A document may write a single one
// without the list.
type References struct {
	Names []string
	List  bool // written as a list
}

// An SLAProperty is one promise of the service level: latency, frequency,
// retention, …
type SLAProperty struct {
	Pos         Pos            `json:"-"`
	ID          string         `odcs:"id"`
	Property    string         `odcs:"property"`
	Value       any            `odcs:"value,always"`
	ValueExt    any            `odcs:"valueExt"`
	Unit        string         `odcs:"unit"`
	Element     string         `odcs:"element"`
	Driver      string         `odcs:"driver"`
	Description string         `odcs:"description"`
	Scheduler   string         `odcs:"scheduler"`
	Schedule    string         `odcs:"schedule"`
	Extra       map[string]any `odcs:",extra"`
}

// A Team owns the data. Until v3.0.2 it is a plain list of members.
type Team struct {
	Pos                      Pos                       `json:"-"`
	ID                       string                    `odcs:"id"`
	Name                     string                    `odcs:"name"`
	Description              string                    `odcs:"description"`
	Members                  []TeamMember              `odcs:"members"`
	Tags                     []string                  `odcs:"tags"`
	AuthoritativeDefinitions []AuthoritativeDefinition `odcs:"authoritativeDefinitions"`
	CustomProperties         CustomProperties          `odcs:"customProperties"`
	Extra                    map[string]any            `odcs:",extra"`

	List bool // written as a list of members, the form of v3.0
}

// A TeamMember is one person of the team.
type TeamMember struct {
	Pos                      Pos                       `json:"-"`
	ID                       string                    `odcs:"id"`
	Username                 string                    `odcs:"username"`
	Name                     string                    `odcs:"name"`
	Description              string                    `odcs:"description"`
	Role                     string                    `odcs:"role"`
	DateIn                   string                    `odcs:"dateIn"`
	DateOut                  string                    `odcs:"dateOut"`
	ReplacedByUsername       string                    `odcs:"replacedByUsername"`
	Tags                     []string                  `odcs:"tags"`
	AuthoritativeDefinitions []AuthoritativeDefinition `odcs:"authoritativeDefinitions"`
	CustomProperties         CustomProperties          `odcs:"customProperties"`
	Extra                    map[string]any            `odcs:",extra"`
}

// A Role gives access to the data.
type Role struct {
	Pos                  Pos              `json:"-"`
	ID                   string           `odcs:"id"`
	Role                 string           `odcs:"role"`
	Description          string           `odcs:"description"`
	Access               string           `odcs:"access"`
	FirstLevelApprovers  string           `odcs:"firstLevelApprovers"`
	SecondLevelApprovers string           `odcs:"secondLevelApprovers"`
	CustomProperties     CustomProperties `odcs:"customProperties"`
	Extra                map[string]any   `odcs:",extra"`
}

// A SupportChannel is a way to reach the people behind the data.
type SupportChannel struct {
	Pos              Pos              `json:"-"`
	ID               string           `odcs:"id"`
	Channel          string           `odcs:"channel"`
	URL              string           `odcs:"url"`
	Description      string           `odcs:"description"`
	Tool             string           `odcs:"tool"`
	Scope            string           `odcs:"scope"`
	InvitationURL    string           `odcs:"invitationUrl"`
	CustomProperties CustomProperties `odcs:"customProperties"`
	Extra            map[string]any   `odcs:",extra"`
}

// A Price is what using the data costs.
type Price struct {
	Pos           Pos            `json:"-"`
	ID            string         `odcs:"id"`
	PriceAmount   any            `odcs:"priceAmount"` // a number, kept as written
	PriceCurrency string         `odcs:"priceCurrency"`
	PriceUnit     string         `odcs:"priceUnit"`
	Extra         map[string]any `odcs:",extra"`
}

// An AuthoritativeDefinition points to where something is defined with
// authority.
type AuthoritativeDefinition struct {
	Pos         Pos            `json:"-"`
	ID          string         `odcs:"id"`
	URL         string         `odcs:"url"`
	Type        string         `odcs:"type"`
	Description string         `odcs:"description"`
	Extra       map[string]any `odcs:",extra"`
}

// A CustomProperty is a key the standard leaves to its users.
type CustomProperty struct {
	Pos         Pos            `json:"-"`
	ID          string         `odcs:"id"`
	Property    string         `odcs:"property"`
	Value       any            `odcs:"value,always"`
	Description string         `odcs:"description"`
	Extra       map[string]any `odcs:",extra"`

	ValuePos Pos `json:"-"` // where Value stands
}

// CustomProperties are the custom properties of one element.
type CustomProperties []CustomProperty

// Get returns the value of the first custom property with this name.
func (c CustomProperties) Get(property string) (value any, ok bool) {
	for i := range c {
		if c[i].Property == property {
			return c[i].Value, true
		}
	}
	return nil, false
}
