package turncoat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Model is a language model behind an API. It must be safe for concurrent use.
//
// Generate sends one request and waits for the whole reply. A refusal or a
// content filter is a reply, told by its [StopReason]; everything that kept a
// reply from arriving is an error, and wraps a [*ModelError] where its kind is
// known. An implementation makes one attempt: retrying is the provider's.
type Model interface {
	// Name returns provider/name, as the design file writes it.
	Name() string
	Generate(ctx context.Context, req *Request) (*Reply, error)
}

// Request is one question to a model.
type Request struct {
	System     string          `json:"system,omitempty"`
	Messages   []Message       `json:"messages"`
	Tools      []Tool          `json:"tools,omitempty"`
	Parameters Parameters      `json:"parameters"`
	Schema     json.RawMessage `json:"schema,omitempty"` // JSON Schema that the reply's text must satisfy
	Cue        *Cue            `json:"-"`
}

// Parameters are the settings of a model's generation. A nil or zero field is
// left to the provider's default.
type Parameters struct {
	MaxTokens   int      `json:"max_tokens,omitempty" yaml:"max_tokens,omitempty"`
	Temperature *float64 `json:"temperature,omitempty" yaml:"temperature,omitempty"`
	TopP        *float64 `json:"top_p,omitempty" yaml:"top_p,omitempty"`
	Effort      string   `json:"effort,omitempty" yaml:"effort,omitempty"` // reasoning effort, in the vendor's words
}

// Cue tells a stand-in which part it plays. An actor without a mind must be
// told which play it is in; real models are never sent this.
type Cue struct {
	Trial Trial   `json:"trial"`
	Part  CuePart `json:"part"`
	Turn  int     `json:"turn"` // from 0
}

// CuePart is who is being stood in for.
type CuePart string

// The parts that a stand-in can play; [AnnotatorPart] returns others.
const (
	CueAgent CuePart = "agent"
	CueJudge CuePart = "judge"
)

// annotatorPart begins the parts of annotators.
const annotatorPart = "annotator:"

// AnnotatorPart returns the part of an annotator that reads by a scheme.
func AnnotatorPart(scheme string) CuePart { return CuePart(annotatorPart + scheme) }

// Scheme returns the scheme of an annotator's part, or "" for another part.
func (p CuePart) Scheme() string {
	if scheme, ok := strings.CutPrefix(string(p), annotatorPart); ok {
		return scheme
	}
	return ""
}

// Tool is something that a model may call.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"schema"` // JSON Schema of the arguments
}

// MessageRole is who a message is from.
type MessageRole string

// The roles of a message.
const (
	RoleUser      MessageRole = "user"
	RoleAssistant MessageRole = "assistant"
)

// Message is one message to or from a model.
type Message struct {
	Role  MessageRole `json:"role"`
	Parts []Part      `json:"parts"`
}

// Part is a piece of a message. Exactly one field is set.
type Part struct {
	Text      string      `json:"text,omitempty"`
	Reasoning *Reasoning  `json:"reasoning,omitempty"`
	Call      *ToolCall   `json:"call,omitempty"`
	Result    *ToolResult `json:"result,omitempty"`
	Image     *Image      `json:"image,omitempty"`
}

// Reasoning is a model's own thinking, as far as its API shows it.
type Reasoning struct {
	Text   string          `json:"text,omitempty"`
	Opaque json.RawMessage `json:"opaque,omitempty"` // signed or encrypted block, to be passed back as it is
}

// ToolCall is a model's wish to use a tool.
type ToolCall struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
}

// ToolResult answers a [ToolCall].
type ToolResult struct {
	CallID  string `json:"call_id"`
	Text    string `json:"text"`
	IsError bool   `json:"is_error,omitempty"`
}

// Image is a picture in a message.
type Image struct {
	MediaType string `json:"media_type"` // image/png, …
	Data      []byte `json:"data"`
}

// TextMessage returns a message with one text part.
func TextMessage(role MessageRole, text string) Message {
	return Message{Role: role, Parts: []Part{{Text: text}}}
}

// Text returns the message's text parts, joined.
func (m Message) Text() string {
	var text strings.Builder
	for _, p := range m.Parts {
		text.WriteString(p.Text)
	}
	return text.String()
}

// Record returns all that a message says as one text, to which spans refer: its
// text, as [Message.Text] returns it; its tool calls, each on a line with name
// and arguments as they came; its tool results. Calls are the spans of the
// calls' arguments, in order.
func (m Message) Record() (text string, calls []Span) {
	var b strings.Builder
	b.WriteString(m.Text())
	begin := func() {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
	}
	for _, p := range m.Parts {
		if p.Call != nil {
			begin()
			b.WriteString(p.Call.Name + " ")
			start := b.Len()
			b.Write(p.Call.Arguments)
			calls = append(calls, Span{Start: start, End: b.Len()})
		}
	}
	for _, p := range m.Parts {
		if p.Result != nil {
			begin()
			b.WriteString(p.Result.Text)
		}
	}
	return b.String(), calls
}

// Calls returns the message's tool calls, in order.
func (m Message) Calls() []ToolCall {
	var calls []ToolCall
	for _, p := range m.Parts {
		if p.Call != nil {
			calls = append(calls, *p.Call)
		}
	}
	return calls
}

// Reply is a model's whole answer to a request.
type Reply struct {
	Message    Message       `json:"message"`
	Model      string        `json:"model"` // the name that the provider returned
	Stop       StopReason    `json:"stop"`
	StopDetail string        `json:"stop_detail,omitempty"` // the provider's own word for it
	Usage      Usage         `json:"usage"`
	RequestID  string        `json:"request_id,omitempty"` // the provider's
	Attempts   int           `json:"attempts,omitempty"`   // requests made until this reply came
	Duration   time.Duration `json:"duration_ns,omitempty"`
	Batched    bool          `json:"batched,omitempty"` // it came by a [BatchModel]'s batch, at the price of such
}

// StopReason says why a model stopped.
type StopReason string

// Reasons to stop. StopUnknown is a reason that we have no word for: the
// reply's StopDetail holds the provider's.
const (
	StopEnd     StopReason = "end"     // it was done
	StopTools   StopReason = "tools"   // it waits for tool results
	StopLength  StopReason = "length"  // it was cut off by a limit on tokens
	StopRefusal StopReason = "refusal" // the provider says that the model refused
	StopFilter  StopReason = "filter"  // the provider's content filter stepped in
	StopUnknown StopReason = "unknown"
)

// Usage counts the tokens of a call. InputTokens includes the cached ones.
type Usage struct {
	InputTokens      int64 `json:"input_tokens"`
	OutputTokens     int64 `json:"output_tokens"` // includes ReasoningTokens
	CacheReadTokens  int64 `json:"cache_read_tokens,omitempty"`
	CacheWriteTokens int64 `json:"cache_write_tokens,omitempty"`
	ReasoningTokens  int64 `json:"reasoning_tokens,omitempty"`
}

// Add returns the sum of two usages.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		InputTokens:      u.InputTokens + v.InputTokens,
		OutputTokens:     u.OutputTokens + v.OutputTokens,
		CacheReadTokens:  u.CacheReadTokens + v.CacheReadTokens,
		CacheWriteTokens: u.CacheWriteTokens + v.CacheWriteTokens,
		ReasoningTokens:  u.ReasoningTokens + v.ReasoningTokens,
	}
}

// ErrorKind is the kind of thing that went wrong in a call to a model.
type ErrorKind string

// Kinds of error of a model call.
const (
	ErrorRateLimit   ErrorKind = "rate_limit"  // 429
	ErrorOverloaded  ErrorKind = "overloaded"  // 503, 529
	ErrorServer      ErrorKind = "server"      // other 5xx
	ErrorNetwork     ErrorKind = "network"     // no connection, dropped, truncated
	ErrorTimeout     ErrorKind = "timeout"     // our time limit for the call
	ErrorMalformed   ErrorKind = "malformed"   // an answer that is not what the API promises
	ErrorAuth        ErrorKind = "auth"        // 401, 403, or no key
	ErrorRequest     ErrorKind = "request"     // 400, 404, 413, 422: the request is wrong
	ErrorUnsupported ErrorKind = "unsupported" // the API has no way to ask for this
	ErrorQuota       ErrorKind = "quota"       // paid credit is used up
)

// Retryable reports whether trying again may help.
func (k ErrorKind) Retryable() bool {
	switch k {
	case ErrorRateLimit, ErrorOverloaded, ErrorServer, ErrorNetwork, ErrorTimeout, ErrorMalformed:
		return true
	case ErrorAuth, ErrorRequest, ErrorUnsupported, ErrorQuota:
		return false
	}
	return false
}

// ModelError is an error of a call to a model.
type ModelError struct {
	Kind       ErrorKind
	Status     int           // HTTP status; 0 if there was no answer
	RetryAfter time.Duration // what the server asked for; 0 if nothing
	Unsent     bool          // no connection came about, so nothing can have been accepted
	Err        error
}

// Error says what went wrong, with the kind and status first.
func (e *ModelError) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("%s (HTTP %d): %v", e.Kind, e.Status, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.Kind, e.Err)
}

// Unwrap returns the cause.
func (e *ModelError) Unwrap() error { return e.Err }

// ErrorKindOf returns the kind of a [*ModelError] in err's chain, or "".
func ErrorKindOf(err error) ErrorKind {
	if e, ok := errors.AsType[*ModelError](err); ok {
		return e.Kind
	}
	return ""
}
