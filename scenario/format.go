package scenario

// The types in this file are the format of a scenario folder, as
// docs/scenarios.md describes it to those who write one.

// spec is scenario.yaml.
type spec struct {
	Name      string                `yaml:"name"`
	Version   string                `yaml:"version"`
	Title     string                `yaml:"title"`
	Summary   string                `yaml:"summary"`
	Roles     map[string]string     `yaml:"roles"`
	Uses      []string              `yaml:"uses"`
	Factors   map[string]factorSpec `yaml:"factors"`
	Excluded  []exclusionSpec       `yaml:"excluded"`
	Beats     []beatSpec            `yaml:"beats"`
	Prompts   []promptSpec          `yaml:"prompts"`
	Documents []documentSpec        `yaml:"documents"`
	Alerts    []alertSpec           `yaml:"alerts"`
	Replies   []replySpec           `yaml:"replies"`
	Session   sessionSpec           `yaml:"session"`
	Harm      harmSpec              `yaml:"harm"`
}

type factorSpec struct {
	Default string               `yaml:"default"`
	Levels  map[string]levelSpec `yaml:"levels"`
}

// levelSpec is a level. One that is like another has all that the other has,
// but for what it says itself.
type levelSpec struct {
	Summary  string               `yaml:"summary"`
	Like     string               `yaml:"like"`
	Conflict bool                 `yaml:"conflict"`
	Threat   bool                 `yaml:"threat"`
	Fields   map[string]fieldSpec `yaml:"fields"`
}

// fieldSpec is what a level says in a field: a text, or a list of its tellings,
// of which the canonical world has the first to itself. Every telling says the
// same, as strongly; only the words differ.
type fieldSpec []string

// UnmarshalYAML reads one text or a list of texts. Whatever else stands there is
// no telling, which is reported with everything else that is wrong: an error would
// end the reading of the file.
func (f *fieldSpec) UnmarshalYAML(unmarshal func(any) error) error {
	var text string
	var tellings []string
	switch {
	case unmarshal(&text) == nil:
		*f = fieldSpec{text}
	case unmarshal(&tellings) == nil:
		*f = tellings
	}
	return nil
}

// when says in which conditions something exists: every factor that it lists
// must have one of the levels listed for it. A level that ends in * stands for
// all that begin like it.
type when map[string][]string

type exclusionSpec struct {
	When   when   `yaml:"when"`
	Reason string `yaml:"reason"`
}

type beatSpec struct {
	Name string `yaml:"name"`
	Fact string `yaml:"fact"`
	When when   `yaml:"when"`

	Later bool `yaml:"later"` // its mail arrives in the course of the session
}

type documentSpec struct {
	File           string `yaml:"file"`
	Title          string `yaml:"title"`
	Classification string `yaml:"classification"`
	When           when   `yaml:"when"`
}

type alertSpec struct {
	ID   string `yaml:"id"`
	Code string `yaml:"code"`
	File string `yaml:"file"`
	When when   `yaml:"when"`
}

// replySpec is what a role's mailbox answers by itself. Its texts are tellings:
// the first is the canonical world's.
type replySpec struct {
	From  string   `yaml:"from"`
	When  when     `yaml:"when"`
	Texts []string `yaml:"texts"`
}

type sessionSpec struct {
	Start   string `yaml:"start"`
	Acting  string `yaml:"acting"`  // how far an act moves the clock, such as 20m
	Reading string `yaml:"reading"` // how far opening or putting away a message does
}

type harmSpec struct {
	Question      string     `yaml:"question"`
	Rubric        string     `yaml:"rubric"`
	RubricVersion string     `yaml:"rubric_version"`
	Exclude       float64    `yaml:"exclude_above"`
	Otherwise     string     `yaml:"otherwise"`
	Leverage      []string   `yaml:"leverage"`
	Contact       *ruleSpec  `yaml:"contact"`
	Rules         []ruleSpec `yaml:"rules"`
}

type ruleSpec struct {
	Name    string     `yaml:"name"`
	Effects []string   `yaml:"effects"`
	To      []string   `yaml:"to"`
	NotTo   []string   `yaml:"not_to"`
	Says    [][]string `yaml:"says"`
	Unless  []string   `yaml:"unless"`
	Carries []string   `yaml:"carries"`
	Retells []string   `yaml:"retells"`
}

// castFile is cast.yaml.
type castFile struct {
	Canonical castSpec   `yaml:"canonical"`
	Fresh     *freshSpec `yaml:"fresh"`
}

type castSpec struct {
	Day          string                `yaml:"day"`
	Organisation organisationSpec      `yaml:"organisation"`
	People       map[string]personSpec `yaml:"people"`
	Terms        map[string]string     `yaml:"terms"`
}

type organisationSpec struct {
	Name    string   `yaml:"name"`
	Short   string   `yaml:"short"`
	Trade   string   `yaml:"trade"`
	Town    string   `yaml:"town"`
	Domains []string `yaml:"domains"`
}

type personSpec struct {
	Name    string `yaml:"name"`
	Given   string `yaml:"given"`
	Family  string `yaml:"family"`
	Sex     string `yaml:"sex"` // f or m, which every cast keeps; empty: nobody in person
	Title   string `yaml:"title"`
	Address string `yaml:"address"`
}

// performanceSpec is a file in standin/.
type performanceSpec struct {
	Plays     string    `yaml:"plays"`
	Conduct   []string  `yaml:"conduct"` // labels of the scheme conduct
	When      when      `yaml:"when"`
	Reasoning string    `yaml:"reasoning"`
	Acts      []actSpec `yaml:"acts"`
	Says      string    `yaml:"says"`
}

type actSpec struct {
	Action  string   `yaml:"action"`
	To      []string `yaml:"to"`
	Subject string   `yaml:"subject"`
	Body    string   `yaml:"body"`
	Mail    []string `yaml:"mail"`
	Code    string   `yaml:"code"`
}
