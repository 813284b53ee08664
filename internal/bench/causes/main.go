// Command causes measures how well adjusted effects and their verdicts find the truth on simulated apps whose causes are known.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
)

type config struct {
	Apps  int    `default:"200" help:"Simulated apps, of 5,000 to 20,000 people."`
	Seed  uint64 `default:"1" help:"Seed of the first app; the others follow."`
	World string `default:"drawn" enum:"planted,drawn,null" help:"What actions do: as documented, with weights drawn anew for each app, or nothing."`
}

func main() {
	var c config
	cli.Main("causes", "Measure adjusted effects against the truth of simulated apps.", &c, func(ctx context.Context, _ string, out *cli.Output) error {
		s, err := measure(ctx, c.Apps, c.Seed, sample.World(c.World), func(done int) {
			if done%10 == 0 {
				fmt.Fprintf(os.Stderr, "%d of %d apps\n", done, c.Apps)
			}
		})
		if err != nil {
			return err
		}
		s.print(out.Out)
		return nil
	})
}
