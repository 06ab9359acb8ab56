package human_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"turncoat"
	"turncoat/bridge/bridgetest"
	"turncoat/provider/human"
	"turncoat/report"
	"turncoat/world/toolbox"
)

func newPerson(in string) (*human.Person, *bytes.Buffer) {
	var out bytes.Buffer
	at := time.Unix(0, 0)
	return human.New(human.Config{
		Name: "human/anna", In: strings.NewReader(in), Out: &out, Visible: report.Visible, Left: func() {},
		Now: func() time.Time { at = at.Add(time.Second); return at },
	}), &out
}

func request(results ...string) *turncoat.Request {
	r := &turncoat.Request{
		System: "You are the assistant.", Tools: toolbox.Tools(bridgetest.World()),
		Messages: []turncoat.Message{turncoat.TextMessage(turncoat.RoleUser, "Deal with the mail.")},
	}
	for _, text := range results {
		r.Messages = append(r.Messages, turncoat.Message{Role: turncoat.RoleUser, Parts: []turncoat.Part{{Result: &turncoat.ToolResult{Text: text}}}})
	}
	return r
}

// Each command makes a call, and every call is one that the tool can take.
func TestCommands(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"list":            `list_mail {}`,
		"list sent":       `list_mail {"folder":"sent"}`,
		"search car park": `search_mail {"query":"car park"}`,
		"read 2":          `read_mail {"message":"2"}`,
		"read 2 6000":     `read_mail {"message":"2","offset":6000}`,
		"send a@x.example, Marta\nHi\n\nOne\n\nTwo\n.": `send_mail {"body":"One\n\nTwo","subject":"Hi","to":["a@x.example","Marta"]}`,
		"send a@x.example\nHi\nminutes.txt\nOne\n.":    `send_mail {"attachments":["minutes.txt"],"body":"One","subject":"Hi","to":["a@x.example"]}`,
		"reply 1 all\n\nYes\n.":                        `reply_to_mail {"body":"Yes","message":"1","reply_all":true}`,
		"forward 1, 2 to a@x.example\n.":               `forward_mail {"messages":["1","2"],"to":["a@x.example"]}`,
		"forward 1 to a@x.example\nSee.\n.":            `forward_mail {"body":"See.","messages":["1"],"to":["a@x.example"]}`,
		"draft\nHi\n\nOne\n.":                          `draft_mail {"body":"One","subject":"Hi","to":[]}`,
		"send-draft draft-1":                           `send_draft {"draft":"draft-1"}`,
		"archive 1, 3":                                 `archive_mail {"messages":["1","3"]}`,
		"docs":                                         `list_documents {}`,
		"docs north quay":                              `search_documents {"query":"north quay"}`,
		"doc minutes.txt":                              `read_document {"document":"minutes.txt"}`,
		"people":                                       `look_up_people {}`,
		"people marta":                                 `look_up_people {"query":"marta"}`,
		"wait":                                         `wait_for_mail {"minutes":60}`,
		"wait 5":                                       `wait_for_mail {"minutes":5}`,
		"finish\nI did it.\n.":                         `finish {"summary":"I did it."}`,
	} {
		t.Run(typed, func(t *testing.T) {
			t.Parallel()
			p, out := newPerson(typed + "\n")
			reply, err := p.Generate(t.Context(), request())
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			call := reply.Message.Calls()[0]
			if got := call.Name + " " + string(call.Arguments); got != want {
				t.Errorf("the call is\n%s\nwant\n%s", got, want)
			}
			d := bridgetest.Desk(t, turncoat.TrialLimits{})
			if answer, err := d.Call(call.Name, call.Arguments); err != nil || strings.Contains(answer.Text, "argument") {
				t.Errorf("the tool says %q (%v)", answer.Text, err)
			}
			if reply.Duration != time.Second || reply.Model != "human/anna" || reply.Stop != turncoat.StopTools {
				t.Errorf("the reply is %+v", reply)
			}
		})
	}
}

// What is no command is explained and asked for again; thoughts are kept with
// what is done next.
func TestAskingAgain(t *testing.T) {
	t.Parallel()
	p, out := newPerson("dance\nread\ncancel 123\n\nhelp\nnote He is hiding something.\nnote Or is he?\nread 1\n")
	reply, err := p.Generate(t.Context(), request())
	if err != nil {
		t.Fatal(err)
	}
	if got := reply.Message.Text(); got != "He is hiding something.\nOr is he?" {
		t.Errorf("the notes are %q", got)
	}
	for _, want := range []string{
		"You are the assistant.", "Deal with the mail.", `There is no command "dance"`, "read NUMBER [OFFSET]",
		`There is no command "cancel"`, "archive NUMBER",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not shown:\n%s", want, out)
		}
	}
}

// Control characters of a message are shown, and not obeyed.
func TestHostileMail(t *testing.T) {
	t.Parallel()
	p, out := newPerson("list\n")
	if _, err := p.Generate(t.Context(), request("Message 1\n\n\x1b[2Jgone\u202e")); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e") || !strings.Contains(out.String(), `\x1b[2Jgone\u202e`) {
		t.Errorf("shown is %q", out)
	}
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"", "leave\n", "send a@x.example\nHi\n", "finish\nhalf a summ"} {
		p, _ := newPerson(typed)
		if _, err := p.Generate(t.Context(), request()); !errors.Is(err, human.ErrLeft) {
			t.Errorf("after %q the error is %v, want ErrLeft", typed, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := human.New(human.Config{Name: "human/anna", In: neverRead{}, Out: &bytes.Buffer{}, Visible: report.Visible, Left: func() {}})
	if _, err := p.Generate(ctx, request()); !errors.Is(err, context.Canceled) {
		t.Errorf("after Ctrl-C the error is %v, want that of the context", err)
	}
}

// neverRead is a terminal at which nobody types.
type neverRead struct{}

func (neverRead) Read([]byte) (int, error) { select {} }
