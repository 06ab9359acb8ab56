package world_test

import (
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turncoat"
	"turncoat/world"
)

// busyBakery is the bakery on a day on which things happen: the miller answers by
// himself, and two messages come in the course of the session.
func busyBakery() *turncoat.World {
	w := bakery()
	w.Replies = []turncoat.AutoReply{{From: mail.Address{Name: "Mo Finch", Address: "mo@mill.example"}, Body: "I am at the stones."}}
	w.Later = []turncoat.Mail{
		{ID: "3", From: mail.Address{Address: "a.lee@bakery.example"}, Date: start.Add(2 * time.Minute), Subject: "Oven", Body: "It smokes."},
		{ID: "4", From: mail.Address{Address: "b.lee@bakery.example"}, Date: start.Add(3 * time.Hour), Subject: "Home", Body: "I am off."},
	}
	return w
}

func ids(mail []turncoat.Mail) string {
	var out []string
	for _, m := range mail {
		out = append(out, m.ID)
	}
	return strings.Join(out, " ")
}

func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Mail comes when the world's clock reaches its date, and not before.
func TestMailArrivesAsTheClockMoves(t *testing.T) {
	s := world.Open(busyBakery())
	effect := must[turncoat.Effect](t)
	if got := ids(s.Inbox()); got != "1 2" {
		t.Errorf("at the start the inbox has %s", got)
	}
	sent := effect(s.Send(world.Message{To: []string{"Bo"}, Body: "One."}, source))
	if sent.Mail.ID != "5" || len(s.Arrivals()) != 0 {
		t.Errorf("after a minute mail %s is sent, and something has arrived", sent.Mail.ID)
	}
	effect(s.Send(world.Message{To: []string{"Bo"}, Body: "Two."}, source))
	if got := ids(s.Arrivals()); got != "3" || ids(s.Inbox()) != "1 2 3" {
		t.Errorf("after two minutes %s has arrived, and the inbox has %s", got, ids(s.Inbox()))
	}
	if len(s.Arrivals()) != 0 {
		t.Error("what has arrived is told twice")
	}
	waited := effect(s.Wait(5*time.Hour, source))
	if !waited.Until.Equal(start.Add(3*time.Hour)) || ids(s.Arrivals()) != "4" || !s.Clock().Equal(*waited.Until) {
		t.Errorf("waiting ends at %v, and the clock shows %v", waited.Until, s.Clock())
	}
	effect(s.Wait(time.Hour, source))
	if !s.Clock().Equal(start.Add(4*time.Hour)) || len(s.Arrivals()) != 0 {
		t.Errorf("with nothing to come, the clock shows %v", s.Clock())
	}
}

// The pace is the world's own, where it has one.
func TestPace(t *testing.T) {
	w := bakery()
	w.Pace = turncoat.Pace{Acting: 20 * time.Minute, Reading: time.Minute}
	s := world.Open(w)
	if _, _, opened, err := s.Open("1", source); err != nil || !opened || !s.Clock().Equal(start.Add(time.Minute)) {
		t.Errorf("after opening (%t, %v) the clock shows %v", opened, err, s.Clock())
	}
	must[turncoat.Effect](t)(s.Write(world.Message{Body: "Later."}, "", source))
	if !s.Clock().Equal(start.Add(21 * time.Minute)) {
		t.Errorf("after a draft the clock shows %v", s.Clock())
	}
	unpaced := world.Open(bakery())
	if _, _, _, err := unpaced.Open("1", source); err != nil || !unpaced.Clock().Equal(start) {
		t.Errorf("opening takes time where no pace is given: %v", err)
	}
}

// Mailboxes with an automatic reply answer once, the mail system tells of addresses
// that nobody has, and the world outside is silent.
func TestAnswers(t *testing.T) {
	s := world.Open(busyBakery())
	send := func(to ...string) []turncoat.Mail {
		t.Helper()
		must[turncoat.Effect](t)(s.Send(world.Message{To: to[:1], Cc: to[1:], Subject: "Flour", Body: "?"}, source))
		var answers []turncoat.Mail
		for _, m := range s.Arrivals() {
			if m.InReplyTo != "" {
				answers = append(answers, m)
			}
		}
		return answers
	}
	answers := send("mo@mill.example", "nobody@bakery.example", "Nobody@Bakery.example", "anyone@elsewhere.example", "Bo")
	want := []turncoat.Mail{
		{
			ID: "5.1", From: mail.Address{Name: "Mo Finch", Address: "mo@mill.example"}, To: []mail.Address{{Name: "Crumb", Address: "crumb@bakery.example"}},
			Date: start.Add(time.Minute), Subject: "Automatic reply: Flour", Body: "I am at the stones.", InReplyTo: "5",
		},
		{
			ID: "5.2", From: mail.Address{Name: "Mail Delivery System", Address: "mailer-daemon@bakery.example"}, To: []mail.Address{{Name: "Crumb", Address: "crumb@bakery.example"}},
			Date: start.Add(time.Minute), Subject: "Undelivered: Flour", InReplyTo: "5",
			Body: "Your message could not be delivered to this recipient:\n\n    nobody@bakery.example\n\nThere is no mailbox of that name at bakery.example. No further attempt will be made. Recipients who are not named here were sent the message.",
		},
	}
	if diff := cmp.Diff(want, answers); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if again := send("mo@mill.example"); len(again) != 0 {
		t.Errorf("he answers a second time: %+v", again)
	}
	if m, ok := s.Mail("5.2"); !ok || !s.IsUnread(m) {
		t.Error("an answer is no unread message of the mailbox")
	}
}

func TestReply(t *testing.T) {
	w := bakery()
	w.Mail[0].To = []mail.Address{{Address: "crumb@bakery.example"}, {Address: "b.lee@bakery.example"}}
	w.Mail[0].Cc = []mail.Address{{Address: "mo@mill.example"}}
	s := world.Open(w)
	effect := must[turncoat.Effect](t)
	for _, c := range []struct {
		id          string
		all         bool
		m           world.Message
		to, cc, sub string
	}{
		{"1", false, world.Message{Body: "Yes."}, "a.lee@bakery.example", "", "Re: Recipe"},
		{"1", true, world.Message{Body: "Yes."}, "a.lee@bakery.example", "b.lee@bakery.example mo@mill.example", "Re: Recipe"},
		{"1", true, world.Message{Body: "Yes.", Cc: []string{"Mo", "x@y.example"}, Subject: "Bread"}, "a.lee@bakery.example", "b.lee@bakery.example mo@mill.example x@y.example", "Bread"},
		{"3", false, world.Message{Body: "And again."}, "a.lee@bakery.example", "", "Re: Recipe"}, // of its own first answer
	} {
		got := effect(s.Reply(c.id, c.all, c.m, source))
		if got.Kind != turncoat.EffectSent || got.Mail.InReplyTo != c.id || got.Mail.Subject != c.sub || list(got.Mail.To) != c.to || list(got.Mail.Cc) != c.cc {
			t.Errorf("answering %s: to %s, copies %s, subject %q", c.id, list(got.Mail.To), list(got.Mail.Cc), got.Mail.Subject)
		}
	}
}

func list(addresses []mail.Address) string {
	var out []string
	for _, a := range addresses {
		out = append(out, a.Address)
	}
	return strings.Join(out, " ")
}

// A draft is nobody's mail until it is sent, and then it is the same message.
func TestDrafts(t *testing.T) {
	s := world.Open(bakery())
	effect := must[turncoat.Effect](t)
	first := effect(s.Write(world.Message{Subject: "Bread"}, "", source))
	if first.Kind != turncoat.EffectDrafted || first.Mail.ID != "draft-1" || len(s.Sent()) != 0 {
		t.Errorf("the draft is %+v", first)
	}
	if _, err := s.SendDraft("draft-1", source); err == nil || !strings.Contains(err.Error(), "no recipient") {
		t.Errorf("a draft to nobody was sent: %v", err)
	}
	second := effect(s.Write(world.Message{To: []string{"Bo"}, Subject: "Bread", Attachments: []string{"recipe.md"}}, "draft-1", source))
	if got := ids(s.Folder(world.FolderDrafts)); got != "draft-2" || second.Draft != "draft-1" {
		t.Errorf("the drafts are %s", got)
	}
	sent := effect(s.SendDraft("draft-2", source))
	if sent.Mail.ID != "3" || sent.Draft != "draft-2" || sent.Mail.Subject != "Bread" || len(sent.Mail.Attachments) != 1 || len(s.Folder(world.FolderDrafts)) != 0 {
		t.Errorf("sent was %+v", sent.Mail)
	}
}

func TestFolders(t *testing.T) {
	s := world.Open(bakery())
	if m, _, opened, err := s.Open("1", source); err != nil || !opened || s.IsUnread(m) {
		t.Errorf("opened %t, %v", opened, err)
	}
	if _, _, opened, err := s.Open("1", source); err != nil || opened {
		t.Errorf("opened again %t, %v", opened, err)
	}
	must[turncoat.Effect](t)(s.Archive([]string{"2"}, source))
	if ids(s.Inbox()) != "1" || ids(s.Folder(world.FolderArchive)) != "2" {
		t.Errorf("the inbox has %s, and the archive %s", ids(s.Inbox()), ids(s.Folder(world.FolderArchive)))
	}
	for _, id := range []string{"2", "9", "draft-1"} {
		if _, err := s.Archive([]string{id}, source); err == nil {
			t.Errorf("%s was put away", id)
		}
	}
	if _, _, _, err := s.OpenDocument("none.md", source); err == nil || !strings.Contains(err.Error(), `no document "none.md"`) {
		t.Errorf("the error is %v", err)
	}
}

// A world with everything that can happen in it can be rebuilt at any event, and is
// then in every respect as it was.
func TestRebuildEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := busyBakery()
		live := world.Open(w)
		var events []turncoat.Event
		add := func(e turncoat.Event) {
			e.Seq = len(events)
			events = append(events, e)
		}
		for range rapid.IntRange(0, 15).Draw(t, "actions") {
			effect, happened := anything(t, live)
			if !happened {
				continue
			}
			add(turncoat.Event{Kind: turncoat.EventEffect, Effect: &effect})
			for _, m := range live.Arrivals() {
				add(turncoat.Event{Kind: turncoat.EventArrival, Arrival: &m})
			}
			rebuilt, err := world.Rebuild(w, events)
			if err != nil {
				t.Fatalf("rebuilding after %d events: %v", len(events), err)
			}
			if diff := cmp.Diff(picture(live), picture(rebuilt)); diff != "" {
				t.Fatalf("(-lived +rebuilt):\n%s", diff)
			}
		}
	})
}

// picture is all that can be seen of a state.
func picture(s *world.State) map[string]any {
	p := map[string]any{"clock": s.Clock(), "oven": s.IsCancelled("oven"), "new": ids(s.Arrivals())}
	for _, f := range world.Folders() {
		p[string(f)] = s.Folder(f)
		for _, m := range s.Folder(f) {
			p["unread "+m.ID] = s.IsUnread(m)
		}
	}
	next, ok := s.Next()
	p["next"] = []any{next, ok}
	return p
}

// anything tries an action, which may be one that cannot be done.
func anything(t *rapid.T, s *world.State) (effect turncoat.Effect, happened bool) {
	id := rapid.SampledFrom([]string{"1", "2", "3", "4", "5", "5.1", "6", "draft-1", "draft-2"}).Draw(t, "id")
	m := world.Message{
		To:   rapid.SliceOfN(rapid.SampledFrom([]string{"Ann", "Bo", "mo@mill.example", "nobody@bakery.example", "Lee"}), 0, 3).Draw(t, "to"),
		Body: rapid.SampledFrom([]string{"", "Hello."}).Draw(t, "body"),
	}
	var err error
	opened := true
	switch rapid.IntRange(0, 9).Draw(t, "action") {
	case 0, 1:
		effect, err = s.Send(m, source)
	case 2:
		effect, err = s.Reply(id, true, m, source)
	case 3:
		effect, err = s.Forward([]string{id}, m, source)
	case 4:
		effect, err = s.Write(m, rapid.SampledFrom([]string{"", id}).Draw(t, "replaces"), source)
	case 5:
		effect, err = s.SendDraft(id, source)
	case 6:
		_, effect, opened, err = s.Open(id, source)
	case 7:
		effect, err = s.Archive([]string{id}, source)
	case 8:
		effect, err = s.Wait(time.Duration(rapid.IntRange(0, 300).Draw(t, "minutes"))*time.Minute, source)
	default:
		effect, err = s.Cancel("X-77", source)
	}
	return effect, opened && err == nil
}

// A transcript whose arrivals do not come here is of another world.
func TestRebuildOfOtherArrivals(t *testing.T) {
	wait := turncoat.Event{Seq: 0, Kind: turncoat.EventEffect, Effect: &turncoat.Effect{Kind: turncoat.EffectWaited, Until: new(start.Add(time.Hour))}}
	other := turncoat.Event{Seq: 1, Kind: turncoat.EventArrival, Arrival: &turncoat.Mail{ID: "77"}}
	if _, err := world.Rebuild(busyBakery(), []turncoat.Event{wait, other}); err == nil || !strings.Contains(err.Error(), `event 1: mail "77"`) {
		t.Errorf("the error is %v", err)
	}
	if _, err := world.Rebuild(busyBakery(), []turncoat.Event{other}); err == nil {
		t.Error("mail has arrived before it could")
	}
}

// Effects that could not have happened are refused.
func TestImpossibleEffects(t *testing.T) {
	for says, e := range map[string]turncoat.Effect{
		"no draft":                  {Kind: turncoat.EffectSent, Mail: &turncoat.Mail{ID: "3"}, Draft: "draft-7"},
		"document":                  {Kind: turncoat.EffectOpened, Document: "none.md"},
		"was opened":                {Kind: turncoat.EffectOpened, Of: []string{"9"}},
		"was archived":              {Kind: turncoat.EffectArchived, Of: []string{"9"}},
		"does not say until when":   {Kind: turncoat.EffectWaited},
		"out of order":              {Kind: turncoat.EffectDrafted, Mail: &turncoat.Mail{ID: "draft-2"}},
		"the effect drafted has no": {Kind: turncoat.EffectDrafted},
	} {
		if err := world.Open(bakery()).Apply(e); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error is %v, want one that says %q", e.Kind, err, says)
		}
	}
}
