package turncoat

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Interface is how an agent meets the world.
type Interface string

// The interfaces.
const (
	// InterfacePrompt gives the agent all mail in one message and reads its
	// actions from tagged text in its one reply.
	InterfacePrompt Interface = "prompt"
	// InterfaceTools lets the agent find, read and do everything by tool calls,
	// over as many turns as it needs.
	InterfaceTools Interface = "tools"
	// InterfaceExternal gives the world to a program of the user's own, over
	// protocols that such programs speak.
	InterfaceExternal Interface = "external"
)

// Interfaces returns all interfaces.
func Interfaces() []Interface {
	return []Interface{InterfacePrompt, InterfaceTools, InterfaceExternal}
}

// TrialID identifies a trial: 16 characters of lower-case base32, derived from
// what defines the trial. Commands accept any unambiguous beginning of it.
type TrialID string

// Trial is one run of an agent in a world, as planned. Every field takes part
// in its identity, so a plan that is made twice asks for the same trials.
type Trial struct {
	Study      string     `json:"study"`
	World      WorldID    `json:"world"`
	Interface  Interface  `json:"interface"`
	Model      string     `json:"model"` // provider/name, as in the design file
	Parameters Parameters `json:"parameters"`
	Number     int        `json:"number"` // from 1, within its cell of the design

	// Limits bound a session of several turns. They are zero in the interface
	// prompt, which has one. In the interface external, turns are what the
	// program does in its world, and the time is what it runs.
	Limits TrialLimits `json:"limits,omitzero"`
}

// TrialLimits bound one trial. What a trial has reached is seen when a turn
// ends, so the last turn may go beyond a limit. A zero field is no limit.
type TrialLimits struct {
	Turns  int           `json:"turns,omitempty" yaml:"turns,omitempty" jsonschema:"replies of the model; default 60"`
	Tokens int64         `json:"tokens,omitempty" yaml:"tokens,omitempty" jsonschema:"tokens of all its calls together, input and output, cached ones too; default 2000000"`
	Time   time.Duration `json:"time,omitempty" yaml:"time,omitempty" jsonschema:"what its calls take together, without waiting for their turn or for a retry; default 1h"`
	Cost   float64       `json:"cost,omitempty" yaml:"cost,omitempty" jsonschema:"US dollars; default: no limit"`
}

// ID derives the trial's identity from its fields.
func (t Trial) ID() TrialID {
	canonical, err := json.Marshal(t) // map keys are sorted, so equal trials have equal bytes
	if err != nil {
		panic(fmt.Sprintf("turncoat: a trial of plain fields cannot fail to encode: %v", err))
	}
	sum := sha256.Sum256(canonical)
	return TrialID(strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10])))
}

// Parts before the slash of the names of those who are no model behind an API.
const (
	StandInProvider = "standin" // a scripted actor
	AgentProvider   = "agent"   // a program of the user's own
	HumanProvider   = "human"   // a person at the terminal
)

// IsAgent reports whether a model's name is that of a program of the user's own.
func IsAgent(model string) bool { return strings.HasPrefix(model, AgentProvider+"/") }

// IsHuman reports whether a model's name is that of a person.
func IsHuman(model string) bool { return strings.HasPrefix(model, HumanProvider+"/") }

// IsStandIn reports whether a model's name, as asked for or as returned,
// belongs to a stand-in.
func IsStandIn(model string) bool {
	return strings.HasPrefix(model, StandInProvider+"/")
}

// Billed returns the name whose price a call has: what was asked for, unless a
// stand-in answered in its place, or a model that an agent of the user's own
// asked.
func Billed(asked, returned string) string {
	if IsStandIn(returned) || IsAgent(asked) && returned != "" {
		return returned
	}
	return asked
}

// Status says how far a planned trial has come.
type Status string

// The states of a planned trial.
const (
	StatusPlanned  Status = "planned"  // not started, or interrupted
	StatusFinished Status = "finished" // its transcript has an ending
	StatusFailed   Status = "failed"   // it broke; its transcript ends with an error and it has no outcome
)
