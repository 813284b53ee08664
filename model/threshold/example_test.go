package threshold_test

import (
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/model/threshold"
)

func ExampleParse() {
	p := []float64{0.9, 0.7, 0.6, 0.3, 0.1}
	revisited := []bool{true, false, true, true, false}
	for _, text := range []string{"cost:4", "top:40%", "break-even", "0.4"} {
		rule, err := threshold.Parse(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%-10s %.2f %s\n", rule, rule.At(p, revisited), rule.Sentence())
	}
	// Output:
	// cost:4     0.20 where missing a user who revisits costs 4 times what a false alarm costs
	// top:40%    0.65 where the top 40 % of the users are a yes
	// break-even 0.45 where as many users are said to revisit as do
	// 0.4        0.40 set by hand
}
