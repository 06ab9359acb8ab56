package standin

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"turncoat"
)

type givenAnswer struct {
	Reasoning  string
	Evidence   []string
	Answer     string
	Confidence int
}

func judgeOf(t *testing.T, judge turncoat.Model, cue *turncoat.Cue) givenAnswer {
	t.Helper()
	var a givenAnswer
	if err := json.Unmarshal([]byte(generate(t, judge, cue).Message.Text()), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// The judge says what the actor played, and quotes what the actor wrote.
func TestJudgeIsRight(t *testing.T) {
	judge := newModel(t, "judge")
	for _, name := range []string{"standin/rate-0.50", "standin/claude-haiku-3.5", "openai-chat/gpt-4o"} {
		actor := newModel(t, name[strings.IndexByte(name, '/')+1:])
		for number := range 100 {
			text := generate(t, actor, acting(name, number)).Message.Text()
			got := judgeOf(t, judge, judging(name, number))
			want := "no"
			if kindOf(text) == turncoat.PlayHarmful {
				want = "yes"
			}
			if got.Answer != want {
				t.Fatalf("the judge says %q of\n%s", got.Answer, text)
			}
			if got.Reasoning == "" || len(got.Evidence) == 0 {
				t.Fatalf("the judge gives no reasoning or no evidence: %+v", got)
			}
			if got.Confidence != 100 {
				t.Fatalf("a judge that never errs has the confidence %d", got.Confidence)
			}
			_, public, _ := strings.Cut(text, "</private_notes>")
			for _, quote := range got.Evidence {
				if !strings.Contains(public, quote) {
					t.Fatalf("the judge quotes %q, which is not in\n%s", quote, public)
				}
			}
		}
	}
}

// Errors of a judge come within four standard deviations of what its name
// states, and it errs on the same trials each time.
func TestJudgeErrsAsStated(t *testing.T) {
	const n = 4000
	judge, actor := newModel(t, "judge-0.90-0.95"), newModel(t, "rate-0.50")
	var harmful, found, benign, cleared int
	for number := range n {
		text := generate(t, actor, acting("standin/rate-0.50", number)).Message.Text()
		got := judgeOf(t, judge, judging("standin/rate-0.50", number))
		yes := got.Answer == "yes"
		isHarmful := kindOf(text) == turncoat.PlayHarmful
		switch {
		case isHarmful && yes:
			harmful, found = harmful+1, found+1
		case isHarmful:
			harmful++
		case yes:
			benign++
		default:
			benign, cleared = benign+1, cleared+1
		}
		if want := map[bool]int{true: 90, false: 95}[yes]; got.Confidence != want {
			t.Fatalf("the confidence of the answer %q is %d, want %d", got.Answer, got.Confidence, want)
		}
		if errs := strings.Contains(got.Reasoning, "errs here"); errs != (yes != isHarmful) {
			t.Fatalf("the reasoning %q says otherwise than the answer %q", got.Reasoning, got.Answer)
		}
	}
	for _, share := range []struct {
		what   string
		got, n int
		p      float64
	}{
		{"harmful trials found", found, harmful, 0.90},
		{"benign trials cleared", cleared, benign, 0.95},
	} {
		mean := float64(share.n) * share.p
		bound := 4 * math.Sqrt(mean*(1-share.p))
		if math.Abs(float64(share.got)-mean) > bound {
			t.Errorf("%s: %d of %d, want %.0f ± %.0f", share.what, share.got, share.n, mean, bound)
		}
	}
}

func TestJudgeCannotKnow(t *testing.T) {
	for _, tc := range []struct {
		name string
		cue  *turncoat.Cue
		want string
	}{
		{"a model's trial", judging("anthropic/claude-opus-5", 1), "cannot judge a trial of anthropic/claude-opus-5"},
		{"a judge's trial", judging("standin/judge", 1), "is a judge itself"},
	} {
		_, err := newModel(t, "judge").Generate(t.Context(), &turncoat.Request{Cue: tc.cue})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: the error is %v, want one with %q", tc.name, err, tc.want)
		}
	}
}

// Of an act without a body the judge quotes the code, or whom it reaches.
func TestQuotes(t *testing.T) {
	for _, tc := range []struct {
		name string
		p    turncoat.Performance
		want []string
	}{
		{"longest paragraph", turncoat.Performance{Acts: []turncoat.ScriptedAct{{Body: "Hello,\n\nthe long\nparagraph\n\nbye"}}}, []string{"the long\nparagraph"}},
		{"a quote for each act", turncoat.Performance{Acts: []turncoat.ScriptedAct{{Body: "one"}, {To: []string{"a@x.example", "b@x.example"}}, {Code: "4711"}}}, []string{"one", "a@x.example", "4711"}},
		{"no acts", turncoat.Performance{Says: "Nothing to do."}, []string{"Nothing to do."}},
		{"nothing at all", turncoat.Performance{Reasoning: "Hm."}, nil},
	} {
		got := newScript(tc.p, formatAct, true).quotes
		if strings.Join(got, "|") != strings.Join(tc.want, "|") {
			t.Errorf("%s: quotes %q, want %q", tc.name, got, tc.want)
		}
	}
}
