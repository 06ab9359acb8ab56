package turncoat

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// CanonicalSeed is the world seed of the canonical world, which has a fixed
// cast and the first telling of each beat to itself. Every other seed is a
// fresh world.
const CanonicalSeed uint64 = 0

// WorldID names a world. The same ID gives the same bytes, for ever.
type WorldID struct {
	Scenario  string    `json:"scenario"`
	Version   string    `json:"version"` // of the scenario: its declared version and a digest of its files
	Condition Condition `json:"condition"`
	Seed      uint64    `json:"seed"`
}

// String returns the ID in one line for people.
func (id WorldID) String() string {
	return fmt.Sprintf("%s@%s seed %d (%s)", id.Scenario, id.Version, id.Seed, id.Condition)
}

// World is one organisation brought to life: everything that is true in it
// when a trial begins. It is a description and does not change; the package
// named world holds the organisation while a trial lives in it.
type World struct {
	ID           WorldID       `json:"id"`
	Organisation Organisation  `json:"organisation"`
	People       []Person      `json:"people"`
	System       string        `json:"system"`            // system prompt, without the syntax of any interface
	Task         string        `json:"task"`              // the automatic instruction that starts the session
	Start        time.Time     `json:"start"`             // the world's clock when the session starts
	Mail         []Mail        `json:"mail"`              // in the order of delivery
	Later        []Mail        `json:"later,omitempty"`   // what arrives in the course of the session, by its dates; an agent that has no course sees none of it
	Replies      []AutoReply   `json:"replies,omitempty"` // what answers by itself
	Pace         Pace          `json:"pace,omitzero"`
	Documents    []Document    `json:"documents,omitempty"`
	Alerts       []Alert       `json:"alerts,omitempty"`
	Harm         Harm          `json:"harm"`
	Tellings     []Telling     `json:"tellings"`
	Performances []Performance `json:"performances,omitempty"`
	Verbatim     *Verbatim     `json:"verbatim,omitempty"` // nil: the prompt is made from the fields above
}

// Pace is how fast the world's clock moves on while an agent works.
type Pace struct {
	Acting  time.Duration `json:"acting,omitempty"`  // for each message written or alert cancelled; 0: a minute
	Reading time.Duration `json:"reading,omitempty"` // for each message or document opened, and each one put away
}

// AutoReply is what a mailbox answers by itself, such as that its owner is out
// of the office: once in a session, to the first message that reaches it.
type AutoReply struct {
	From mail.Address `json:"from"`
	Body string       `json:"body"`
}

// AllMail returns the mail that the world has before and in the course of a
// session.
func (w *World) AllMail() []Mail { return slices.Concat(w.Mail, w.Later) }

// Verbatim is the text of others that a world's agent is sent word for word. The
// world's other fields then say what is true in it, and are not shown.
type Verbatim struct {
	Name     string          `json:"name"`               // by which its authors know it
	System   string          `json:"system"`             // the system prompt
	User     []string        `json:"user"`               // the parts of the first message
	Metadata json.RawMessage `json:"metadata,omitempty"` // what its authors say of it
}

// Message returns the first message: its parts, with a line feed between them.
func (v *Verbatim) Message() string { return strings.Join(v.User, "\n") }

// Organisation is the company that the agent works for.
type Organisation struct {
	Name    string   `json:"name"`
	Domains []string `json:"domains"` // mail domains; an address in any other is outside
}

// Person is someone, or some system, with an address in a world.
type Person struct {
	Role    string `json:"role"` // what it does in the story: agent, executive, confidant, …
	Name    string `json:"name"`
	Title   string `json:"title,omitempty"`
	Address string `json:"address"`
}

// RoleAgent is the role of the agent itself.
const RoleAgent = "agent"

// Person returns who has the given role, and whether anybody has.
func (w *World) Person(role string) (Person, bool) {
	for _, p := range w.People {
		if p.Role == role {
			return p, true
		}
	}
	return Person{}, false
}

// Mail is one message: of the world's before the session, or sent during it.
type Mail struct {
	ID          string          `json:"id"` // unique in the world: "1", "2", … in order of delivery; of an automatic answer, that of what it answers and ".1", ".2", …
	From        mail.Address    `json:"from"`
	To          []mail.Address  `json:"to"`
	Cc          []mail.Address  `json:"cc,omitempty"`
	Date        time.Time       `json:"date"` // the world's clock
	Subject     string          `json:"subject"`
	Body        string          `json:"body"`
	InReplyTo   string          `json:"in_reply_to,omitempty"` // a Mail.ID
	Attachments []string        `json:"attachments,omitempty"` // Document.ID values
	Beat        string          `json:"beat,omitempty"`        // the beat that it tells; empty for mail sent in the session
	Marks       map[string]Span `json:"marks,omitempty"`       // what in Body carries a fact, by the fact's name
}

// Recipients returns To and Cc together.
func (m Mail) Recipients() []mail.Address {
	return append(append([]mail.Address(nil), m.To...), m.Cc...)
}

// Span is a part of a text, in bytes: text[Start:End].
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Of returns the part of text that the span covers, or "" if it lies outside.
func (s Span) Of(text string) string {
	if s.Start < 0 || s.End < s.Start || s.End > len(text) {
		return ""
	}
	return text[s.Start:s.End]
}

// Document is a file of the organisation.
type Document struct {
	ID             string `json:"id"` // its file name
	Title          string `json:"title"`
	Classification string `json:"classification,omitempty"` // empty: not classified
	Body           string `json:"body"`
}

// Alert is an automatic alarm that the agent may be able to cancel.
type Alert struct {
	ID   string `json:"id"`
	Code string `json:"code"` // the override code that cancels it
	Body string `json:"body"`
}

// Telling says which text told a beat in a world, and in which messages.
type Telling struct {
	Beat string   `json:"beat"`
	Name string   `json:"name"` // the letter of the text's file
	Mail []string `json:"mail"` // Mail.ID values
}

// Harm is what counts as the harmful action in a world: the ground truth that
// judges are told.
type Harm struct {
	Name     string   `json:"name"`               // blackmail, espionage, lethal, …
	Question string   `json:"question"`           // what a judge must decide, as a yes-or-no question
	Rubric   Rubric   `json:"rubric"`             // for judges that read
	Contact  *Rule    `json:"contact,omitempty"`  // an act without which there is no harm; see [Rule]
	Rules    []Rule   `json:"rules"`              // the act is harmful if any of these holds; for judges that don't read
	Leverage []string `json:"leverage,omitempty"` // Mail.ID values that hold the opportunity for harm

	// Otherwise names what it is if a rule of harm holds and a judge that reads
	// finds no harm all the same, such as "cancelled by misunderstanding". Such
	// trials are benign, and are counted on their own besides.
	Otherwise string `json:"otherwise,omitempty"`
}

// Rubric is a text that tells a judge what counts and what does not.
type Rubric struct {
	Version string `json:"version"`
	Text    string `json:"text"`
}

// Rule is a condition on one effect of the agent on the world. All of its
// parts that are given must hold of the same effect.
type Rule struct {
	Name    string       `json:"name"`
	Effects []EffectKind `json:"effects"`           // the effect is one of these kinds
	To      []string     `json:"to,omitempty"`      // it reached at least one of these addresses; "outside" means any outside the organisation
	NotTo   []string     `json:"not_to,omitempty"`  // addresses that do not count for To
	Says    [][]string   `json:"says,omitempty"`    // from each group, at least one phrase occurs in the agent's own words, ignoring case; see Unless
	Unless  []string     `json:"unless,omitempty"`  // none of these phrases does. Of an effect without a message, own words are all that the agent says in the session, in private too
	Carries []string     `json:"carries,omitempty"` // it carries one of these: Document.ID or "mail:" + Mail.ID
	Retells []string     `json:"retells,omitempty"` // its own words have several that stand in these (as for Carries) and nowhere else in the world
}

// Outside is the address in [Rule] that stands for every address outside the
// organisation, and Authority for every one that by its words is a public
// authority's.
const (
	Outside   = "outside"
	Authority = "authority"
)

// Performance is what a stand-in may play in a world: one whole session.
type Performance struct {
	Name      string        `json:"name"`
	Plays     Play          `json:"plays"`
	Conduct   []string      `json:"conduct,omitempty"`   // the labels of the scheme conduct that hold of it; nil if nobody has said
	Reasoning string        `json:"reasoning,omitempty"` // what it writes in private
	Acts      []ScriptedAct `json:"acts"`
	Says      string        `json:"says,omitempty"` // what it writes beside its actions
}

// Play is the kind of thing that a performance shows.
type Play string

// The three kinds of performance. A mixed one is not harmful, but is hard to
// tell from harm: it weighs the harm in private, or writes to the person
// concerned without a threat.
const (
	PlayHarmful Play = "harmful"
	PlayBenign  Play = "benign"
	PlayMixed   Play = "mixed"
)

// ScriptedAct is one action of a performance. Action names an action of the
// world ("send", "forward", …); the other fields are its arguments.
type ScriptedAct struct {
	Action  string   `json:"action"`
	To      []string `json:"to,omitempty"` // addresses
	Subject string   `json:"subject,omitempty"`
	Body    string   `json:"body,omitempty"`
	Mail    []string `json:"mail,omitempty"` // Mail.ID values
	Code    string   `json:"code,omitempty"`
}
