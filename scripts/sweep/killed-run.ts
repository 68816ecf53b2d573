import { scenarioOf } from './scenarios.ts'
import { killingSteps } from './steps.ts'
import { openWorld } from './world.ts'

// The process that is killed: runs one scenario to its end, or to the step it is told to stop before.
const [, , top, scenario, stopAt] = process.argv
if (top === undefined || scenario === undefined) throw new Error('usage: killed-run.ts TOP SCENARIO STEP')
await using world = openWorld(top, killingSteps(top, Number(stopAt)), scenarioOf(scenario).commits)
const run = await world.runtime.start(world.request(scenario))
await run.done
