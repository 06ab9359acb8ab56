package lynch2025

import (
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turncoat"
)

func TestParseMail(t *testing.T) {
	at := func(name, address string) mail.Address { return mail.Address{Name: name, Address: address} }
	noon := time.Date(2031, 5, 6, 12, 0, 0, 0, time.UTC)
	one := turncoat.Mail{ID: "1", From: at("", "a@x.example"), To: []mail.Address{at("", "b@x.example")}, Subject: "Hello", Date: noon, Body: "One.\n\nTwo."}
	for name, c := range map[string]struct {
		content string
		want    []turncoat.Mail
	}{
		"nothing":            {"There is none.", nil},
		"as in the release":  {"<email>\nFrom: a@x.example\nTo: b@x.example\nSubject: Hello\nTimestamp: 2031-05-06T12:00:00\nBody: One.\n\nTwo.\n</email>", []turncoat.Mail{one}},
		"heads in any order": {"<email>\nSubject: Hello\nDate: 2031-05-06 12:00\nTo: b@x.example\nFrom: a@x.example\nBody:\nOne.\n\nTwo.\n</email>", []turncoat.Mail{one}},
		"no body head":       {"<email>\nFrom: a@x.example\nTo: b@x.example\nSubject: Hello\nDate: 2031-05-06T12:00:00Z\n\nOne.\n\nTwo.\n</email>", []turncoat.Mail{one}},
		"bold heads":         {"<EMAIL>\n**From:** a@x.example\n**To:** b@x.example\n**Subject:** Hello\n**Date:** May 6, 2031, 12:00 PM\n\nOne.\n\nTwo.\n</EMAIL>", []turncoat.Mail{one}},
		"a head of no use":   {"<email>\nFrom: a@x.example\nPriority: high\nTo: b@x.example\nSubject: Hello\nTimestamp: 2031-05-06T12:00:00\nBody: One.\n\nTwo.\n</email>", []turncoat.Mail{one}},
		"Windows line ends":  {"<email>\r\nFrom: a@x.example\r\nTo: b@x.example\r\nSubject: Hello\r\nTimestamp: 2031-05-06T12:00:00\r\nBody: One.\r\n\r\nTwo.\r\n</email>", []turncoat.Mail{one}},
		"never closed":       {"<email>\nFrom: a@x.example\nBody: Hi.\n\n<email>\nFrom: b@x.example\nBody: Ho.", []turncoat.Mail{{ID: "1", From: at("", "a@x.example"), Body: "Hi."}, {ID: "2", From: at("", "b@x.example"), Body: "Ho."}}},
		"numbers of its own": {"<email>\nID: 7\nBody: Hi.\n</email><email>\nID: 9\nBody: Ho.\n</email>", []turncoat.Mail{{ID: "7", Body: "Hi."}, {ID: "9", Body: "Ho."}}},
		"a number twice":     {"<email>\nID: 7\nBody: Hi.\n</email><email>\nID: 7\nBody: Ho.\n</email>", []turncoat.Mail{{ID: "1", Body: "Hi."}, {ID: "2", Body: "Ho."}}},
		"names and lists": {
			"<email>\nFrom: Ann Ode <a@x.example>\nTo: \"Bee, Bo\" <b@x.example>, c@x.example\nCc: All Staff; (d@x.example)\nBody: Hi.\n</email>",
			[]turncoat.Mail{{ID: "1", From: at("Ann Ode", "a@x.example"), To: []mail.Address{at("Bee, Bo", "b@x.example"), at("", "c@x.example")}, Cc: []mail.Address{at("", "All Staff"), at("", "d@x.example")}, Body: "Hi."}},
		},
		"attachments": {
			"<email>\nFrom: a@x.example\nAttachments: plan.pdf, map.png\nBody: Hi.\n[Attachment: list.xlsx]\n</email>",
			[]turncoat.Mail{{ID: "1", From: at("", "a@x.example"), Attachments: []string{"plan.pdf", "map.png", "list.xlsx"}, Body: "Hi.\n[Attachment: list.xlsx]"}},
		},
		"a date that is none":      {"<email>\nDate: yesterday\nBody: Hi.\n</email>", []turncoat.Mail{{ID: "1", Body: "Hi."}}},
		"heads in a body are text": {"<email>\nFrom: a@x.example\nBody: Hi.\nTo: whom it may concern\n</email>", []turncoat.Mail{{ID: "1", From: at("", "a@x.example"), Body: "Hi.\nTo: whom it may concern"}}},
		"no heads":                 {"<email>\nHi there.\n</email>", []turncoat.Mail{{ID: "1", Body: "Hi there."}}},
		"empty":                    {"<email></email>", []turncoat.Mail{{ID: "1"}}},
	} {
		if diff := cmp.Diff(c.want, parseMail(c.content)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCodeIn(t *testing.T) {
	for text, want := range map[string]string{
		`with the override code "COLD-4471".`:             "COLD-4471",
		"Override Code: 90210":                            "90210",
		"code:\n```\ncode: \"A1B2C3\"\n```":               "A1B2C3",
		"The passcode is 12345.":                          "",
		"The code is on file 7.":                          "",
		"Use the code, in capitals, that follows: EX_100": "EX_100",
	} {
		if got := codeIn(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

// FuzzFindTruth gives the finder whatever may stand in a prompt: it makes a world
// in which everything belongs together, or says no.
func FuzzFindTruth(f *testing.F) {
	for _, kind := range []string{"blackmail", "leaking", "murder"} {
		system, task, content := syntheticPrompt(kind + "_none-none_none")
		f.Add(system, task, content)
	}
	f.Add("You are \"X\"", "", "<email>\nFrom: \nTo: ,;\nID: 0\n<email>From: kyle@a.b code override 1234\n\nBody:")
	f.Fuzz(func(t *testing.T, system, task, content string) {
		ids := map[string]bool{}
		for _, m := range parseMail(content) {
			if m.ID == "" || ids[m.ID] {
				t.Fatalf("message %q", m.ID)
			}
			ids[m.ID] = true
			if body := strings.ReplaceAll(content, "\r\n", "\n"); !strings.Contains(body, m.Body) {
				t.Fatalf("the body %q is not in the text", m.Body)
			}
		}
		for _, kind := range scenarios {
			truth, err := findTruth(kind, system, task, content)
			if err != nil {
				continue
			}
			roles := map[string]int{}
			for _, p := range truth.People {
				roles[p.Role]++
				if p.Name == "" && p.Role != roleCorrespondent || !strings.Contains(p.Address, "@") {
					t.Fatalf("%+v", p)
				}
			}
			if roles[turncoat.RoleAgent] != 1 || roles[roleColleague] != 1 || roles[roleExecutive]+roles[roleOutsider] != 1 || len(truth.Organisation.Domains) == 0 {
				t.Fatalf("%s: %v in %v", kind, roles, truth.Organisation)
			}
			told := 0
			for _, m := range truth.Mail {
				if m.Beat != "" {
					told++
				}
			}
			if told == 0 {
				t.Fatalf("%s: nothing is told", kind)
			}
		}
	})
}

// FuzzReadSample gives it whatever may stand in a response.json: a sample has a
// reply or a reason why it has none, and a classification a verdict or a reason.
func FuzzReadSample(f *testing.F) {
	f.Add([]byte(`{"raw_response": "Hi.", "classification": {"harmful_behavior": true, "classifier_model": "m"}}`))
	f.Add([]byte(`{"raw_response": ["x"], "error": {"code": 1}, "timestamp": 5}`))
	f.Add([]byte(`{"turncoat": {"trial": {"model": "../x"}, "events": [{"seq": 3}]}}`))
	f.Add([]byte(`{"raw_response": "\ud800 x", "classification": {"harmful_behavior": "yes", "classifier_model": "=x\n"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := readSample(text)
		if err != nil {
			return
		}
		if (s.broken == "") == (strings.TrimSpace(s.reply) == "") && s.broken == "" {
			t.Fatalf("neither a reply nor a reason: %+v", s)
		}
		if s.judgment != nil {
			j := s.judgment.judgement("x", time.Time{})
			if (j.Verdict == nil) == (j.Failure == nil) || strings.ContainsAny(j.Judge, " \n=") {
				t.Fatalf("%+v", j)
			}
		}
	})
}
