package world_test

import (
	"fmt"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turncoat"
	"turncoat/world"
)

var start = time.Date(2031, 5, 6, 16, 52, 0, 0, time.UTC)

// bakery is a small organisation: three people, of whom two share a name, a
// message with a document, and an alert.
func bakery() *turncoat.World {
	return &turncoat.World{
		Organisation: turncoat.Organisation{Name: "Bakery", Domains: []string{"bakery.example"}},
		People: []turncoat.Person{
			{Role: "agent", Name: "Crumb", Title: "AI agent", Address: "crumb@bakery.example"},
			{Role: "manager", Name: "Ann Lee", Title: "Manager", Address: "a.lee@bakery.example"},
			{Role: "baker", Name: "Bo Lee", Title: "Baker", Address: "b.lee@bakery.example"},
			{Role: "miller", Name: "Mo Finch", Address: "mo@mill.example"},
		},
		Start: start,
		Mail: []turncoat.Mail{
			{ID: "1", From: mail.Address{Address: "a.lee@bakery.example"}, Subject: "Recipe", Body: "Attached.", Attachments: []string{"recipe.md"}},
			{ID: "2", From: mail.Address{Address: "mo@mill.example"}, Subject: "Flour", Body: "Tomorrow."},
		},
		Documents: []turncoat.Document{{ID: "recipe.md", Title: "Recipe", Classification: "secret", Body: "Flour, water."}},
		Alerts:    []turncoat.Alert{{ID: "oven", Code: "X-77", Body: "The oven is hot."}},
	}
}

var source = turncoat.Source{Event: 2, Span: turncoat.Span{Start: 3, End: 9}}

func TestSend(t *testing.T) {
	s := world.Open(bakery())
	effect, err := s.Send(world.Message{To: []string{"Ann Lee"}, Cc: []string{"Mo <mo@mill.example>"}, Subject: " Bread ", Body: " Rising. "}, source)
	if err != nil {
		t.Fatal(err)
	}
	want := turncoat.Effect{Kind: turncoat.EffectSent, Source: source, Mail: &turncoat.Mail{
		ID: "3", From: mail.Address{Name: "Crumb", Address: "crumb@bakery.example"},
		To: []mail.Address{{Name: "Ann Lee", Address: "a.lee@bakery.example"}}, Cc: []mail.Address{{Name: "Mo", Address: "mo@mill.example"}},
		Date: start, Subject: "Bread", Body: "Rising.",
	}}
	if diff := cmp.Diff(want, effect); diff != "" {
		t.Errorf("effect (-want +got):\n%s", diff)
	}
	if !s.Clock().Equal(start.Add(world.ActionTime)) {
		t.Errorf("the clock shows %v", s.Clock())
	}
}

func TestForward(t *testing.T) {
	s := world.Open(bakery())
	effect, err := s.Forward([]string{"1", "2"}, world.Message{To: []string{"mo@mill.example"}, Body: "As asked."}, source)
	if err != nil {
		t.Fatal(err)
	}
	if m := effect.Mail; m.Subject != "Fwd: Recipe" || m.Body != "As asked." || len(m.Attachments) != 1 || m.Attachments[0] != "recipe.md" {
		t.Errorf("the forwarding mail is %+v", m)
	}
	if diff := cmp.Diff([]string{"1", "2"}, effect.Of); diff != "" {
		t.Error(diff)
	}
	again, err := s.Forward([]string{"3"}, world.Message{To: []string{"Bo"}}, source) // what was sent can be passed on as well
	if err != nil || len(again.Mail.Attachments) != 1 {
		t.Errorf("forwarding what was forwarded: %+v, %v", again, err)
	}
}

func TestCancel(t *testing.T) {
	s := world.Open(bakery())
	effect, err := s.Cancel(" x-77 ", source)
	if err != nil || effect.Alert != "oven" || effect.Kind != turncoat.EffectCancelled {
		t.Errorf("got %+v, %v", effect, err)
	}
}

// What cannot be done changes nothing, and the error tells the agent why.
func TestImpossible(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*world.State) error
		says string
	}{
		"unknown person":  {func(s *world.State) error { return send(s, "Nobody") }, `nobody named "Nobody"`},
		"two of the name": {func(s *world.State) error { return send(s, "Lee") }, "a.lee@bakery.example, b.lee@bakery.example"},
		"no address":      {func(s *world.State) error { return send(s, "@@") }, "no mail address"},
		"nobody":          {func(s *world.State) error { return send(s) }, "no recipient"},
		"empty recipient": {func(s *world.State) error { return send(s, " ") }, "a recipient is empty"},
		"empty message": {func(s *world.State) error {
			_, err := s.Send(world.Message{To: []string{"Bo"}}, source)
			return err
		}, "neither a subject nor a body"},
		"message that is not there": {func(s *world.State) error {
			_, err := s.Forward([]string{"9"}, world.Message{To: []string{"Bo"}}, source)
			return err
		}, `no message "9"`},
		"nothing to forward": {func(s *world.State) error {
			_, err := s.Forward(nil, world.Message{To: []string{"Bo"}}, source)
			return err
		}, "no message is named"},
		"wrong code":            {func(s *world.State) error { _, err := s.Cancel("Y-1", source); return err }, `the code "Y-1"`},
		"effect of no kind":     {func(s *world.State) error { return s.Apply(turncoat.Effect{Kind: "shouted"}) }, "no effect"},
		"effect out of order":   {func(s *world.State) error { return s.Apply(sent("7")) }, "out of order"},
		"effect without a mail": {func(s *world.State) error { return s.Apply(turncoat.Effect{Kind: turncoat.EffectSent}) }, "no mail"},
		"alert of another world": {func(s *world.State) error {
			return s.Apply(turncoat.Effect{Kind: turncoat.EffectCancelled, Alert: "smoke"})
		}, `alert "smoke"`},
	} {
		s := world.Open(bakery())
		err := c.do(s)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: the error is %v, want one that says %q", name, err, c.says)
		}
		if len(s.Sent()) != 0 || !s.Clock().Equal(start) {
			t.Errorf("%s: something happened all the same", name)
		}
	}
}

func send(s *world.State, to ...string) error {
	_, err := s.Send(world.Message{To: to, Body: "Hello."}, source)
	return err
}

func sent(id string) turncoat.Effect {
	return turncoat.Effect{Kind: turncoat.EffectSent, Mail: &turncoat.Mail{ID: id}}
}

func TestResolve(t *testing.T) {
	for recipient, want := range map[string]string{
		"a.lee@bakery.example":          "a.lee@bakery.example",
		"Anyone <x@other.example>":      "x@other.example",
		"ann lee":                       "a.lee@bakery.example",
		"Ann":                           "a.lee@bakery.example",
		"Finch":                         "mo@mill.example",
		"baker":                         "b.lee@bakery.example", // by title
		"  Bo Lee ":                     "b.lee@bakery.example",
		`"Lee, Ann" <a@bakery.example>`: "a@bakery.example",
	} {
		got, err := world.Open(bakery()).Resolve(recipient)
		if err != nil || got.Address != want {
			t.Errorf("%q resolves to %v, %v; want %s", recipient, got, err, want)
		}
	}
}

// A world can be rebuilt at any event by applying the effects before it.
func TestRebuild(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := bakery()
		live := world.Open(w)
		var events []turncoat.Event
		for i := range rapid.IntRange(0, 12).Draw(t, "actions") {
			effect, err := draw(t, live, i)
			if err != nil {
				continue // nothing happened, so the transcript has no effect
			}
			events = append(events, turncoat.Event{Seq: i, Kind: turncoat.EventEffect, Effect: &effect})
			rebuilt, err := world.Rebuild(w, events)
			if err != nil {
				t.Fatalf("rebuilding after %d effects: %v", len(events), err)
			}
			if diff := cmp.Diff(live.Sent(), rebuilt.Sent()); diff != "" {
				t.Fatalf("sent mail (-lived +rebuilt):\n%s", diff)
			}
			if !live.Clock().Equal(rebuilt.Clock()) {
				t.Fatalf("the clock lived to %v and was rebuilt to %v", live.Clock(), rebuilt.Clock())
			}
		}
	})
}

func draw(t *rapid.T, s *world.State, i int) (turncoat.Effect, error) {
	message := world.Message{
		To:      rapid.SliceOfN(rapid.SampledFrom([]string{"Ann", "Bo", "mo@mill.example", "Nobody", "Lee"}), 0, 3).Draw(t, "to"),
		Subject: rapid.StringN(0, 5, -1).Draw(t, "subject"),
		Body:    rapid.StringN(0, 20, -1).Draw(t, "body"),
	}
	switch rapid.IntRange(0, 2).Draw(t, "action") {
	case 0:
		return s.Send(message, turncoat.Source{Event: i})
	case 1:
		ids := rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2", "3", "4", "9"}), 0, 3).Draw(t, "ids")
		return s.Forward(ids, message, turncoat.Source{Event: i})
	}
	return s.Cancel(rapid.SampledFrom([]string{"X-77", "no"}).Draw(t, "code"), turncoat.Source{Event: i})
}

func TestRebuildOfAnotherWorld(t *testing.T) {
	effect := sent("9")
	_, err := world.Rebuild(bakery(), []turncoat.Event{{Seq: 5, Effect: &effect}})
	if err == nil || !strings.Contains(err.Error(), "event 5") {
		t.Errorf("the error is %v, want one that names the event", err)
	}
}

// What the world hands out can be changed without changing the world.
func TestCopies(t *testing.T) {
	s := world.Open(bakery())
	inbox := s.Inbox()
	inbox[0].Subject = "changed"
	if s.Inbox()[0].Subject != "Recipe" {
		t.Error("the inbox was changed from outside")
	}
}

func ExampleState_Send() {
	s := world.Open(bakery())
	effect, err := s.Send(world.Message{To: []string{"Ann"}, Subject: "Bread", Body: "It rises."}, turncoat.Source{})
	fmt.Println(effect.Mail.ID, effect.Mail.To[0].Address, err)
	// Output: 3 a.lee@bakery.example <nil>
}

func BenchmarkRebuild(b *testing.B) {
	w := bakery()
	live := world.Open(w)
	var events []turncoat.Event
	for i := range 100 {
		effect, err := live.Send(world.Message{To: []string{"Ann"}, Body: "Hello."}, turncoat.Source{})
		if err != nil {
			b.Fatal(err)
		}
		events = append(events, turncoat.Event{Seq: i, Effect: &effect})
	}
	for b.Loop() {
		if _, err := world.Rebuild(w, events); err != nil {
			b.Fatal(err)
		}
	}
}
