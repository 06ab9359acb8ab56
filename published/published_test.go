package published

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The counts are those of the figures' bars in arXiv:2510.05179v2.
func TestFiguresAreWhole(t *testing.T) {
	bars := map[string]int{}
	for _, r := range Rates() {
		if r.Source != Lynch2025 {
			continue
		}
		bars[r.Figure]++
		if r.Samples != 100 {
			t.Errorf("%s rests on %d samples, and every bar of the paper on 100", r.Cell, r.Samples)
		}
		if _, ok := ModelOf(r.Model); !ok {
			t.Errorf("figure %s has the model %q, which models.yaml lacks", r.Figure, r.Model)
		}
	}
	for figure, want := range map[string]int{"7": 16, "8": 16, "9": 16, "10": 8, "11": 10, "12": 4, "4.5.1": 32} {
		if bars[figure] != want {
			t.Errorf("figure %s has %d bars, want %d", figure, bars[figure], want)
		}
	}
	if n := len(Models()); n != 16 {
		t.Errorf("there are %d models, want the paper's 16", n)
	}
	if n := bars["11"] + len(Exclusions()); n != 16 {
		t.Errorf("figure 11 shows or leaves out %d models, want 16", n)
	}
}

// Section 4.5.4 gives the shares of all 500 samples, which add up, and the rate
// of harm for two of the three.
func TestBeliefs(t *testing.T) {
	sum, withHarm := 0.0, 0
	for _, b := range Beliefs() {
		sum += b.Share
		if b.Harm != nil {
			withHarm++
		}
	}
	if len(Beliefs()) != 3 || withHarm != 2 || sum < 0.9995 || sum > 1.0005 {
		t.Errorf("%d beliefs with %d rates of harm, and shares that sum to %g", len(Beliefs()), withHarm, sum)
	}
}

// No name leads to two of the models, and every one leads somewhere.
func TestNamesAreUnique(t *testing.T) {
	names := 0
	for _, m := range Models() {
		own := map[string]bool{bare(m.Name): true, bare(m.Ask): true}
		for _, offered := range m.Offered {
			own[bare(offered)] = true
		}
		names += len(own)
		for name := range own {
			if found, ok := ModelOf("vendor/" + strings.ToUpper(name)); !ok || found.Name != m.Name {
				t.Errorf("%q leads to %q, want %q", name, found.Name, m.Name)
			}
		}
		if m.Withdrawn != "" {
			if _, err := time.Parse(time.DateOnly, m.Withdrawn); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
	}
	if names != len(byName()) {
		t.Errorf("%d of %d names are told twice", names-len(byName()), names)
	}
	if _, ok := ModelOf("anthropic/claude-opus-4-1"); ok {
		t.Error("a later model is taken for one of the paper's")
	}
}

func TestReadRatesRefuses(t *testing.T) {
	const head = "source,figure,scenario,goal,threat,safeguard,model,rate,samples,note\n"
	for _, tc := range []struct{ rows, want string }{
		{"lynch2025,7,blackmail,none,none,none,m,1.2,100,\n", "line 2: rate 1.2 is no probability"},
		{"lynch2025,7,blackmail,none,none,none,m,NaN,100,\n", "line 2: rate NaN is no probability"},
		{"lynch2025,7,blackmail,none,none,none,m,high,100,\n", `rate "high" is not a number`},
		{"lynch2025,7,blackmail,none,none,none,m,0.1,no,\n", "samples must be a whole number"},
		{"hearsay,7,blackmail,none,none,none,m,0.1,100,\n", `source "hearsay" is unknown`},
		{
			"lynch2025,7,b,none,none,none,m,0.1,100,\nlynch2025,9,b,none,none,none,m,0.2,100,\n",
			"line 3: m in b with goal=none threat=none safeguard=none has the rate 0.2 here, and 0.1 in figure 7 of lynch2025",
		},
		{"lynch2025,7\n", "wrong number of fields"},
	} {
		_, err := readRates(strings.NewReader(head + tc.rows))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("reading %q has the error %v, want one with %q", tc.rows, err, tc.want)
		}
	}
}

func ExampleModelOf() {
	m, ok := ModelOf("anthropic/claude-3-5-sonnet-20241022")
	fmt.Println(m.Name, ok)
	fmt.Println(m.WithdrawnBy(time.Date(2025, 10, 27, 0, 0, 0, 0, time.UTC)), m.WithdrawnBy(time.Date(2025, 10, 28, 0, 0, 0, 0, time.UTC)))
	// Output:
	// claude-sonnet-3.6 true
	// false true
}
