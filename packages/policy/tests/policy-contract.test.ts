import { policyContract } from '@ice-runtime/conformance'
import { policy, reading } from './fixture.ts'

policyContract('a policy in Cedar', {
  open: () =>
    policy(`permit (principal, action, resource in Ice::Resource::"file:src");
      @waive("price_unknown") permit (principal in Ice::Namespace::"default", action in Ice::Action::"files", resource) when { !context.atOnce };
      @approval("2 of ops") forbid (principal, action, resource) when { context.class == "irreversible" };
      @approval("1 of legal, not requester") forbid (principal, action, resource) when { context.labels.integrity == "untrusted" };
      forbid (principal, action, resource) when { context.facts has secretShaped && context.facts.secretShaped };`),
  requests: [
    reading('src/a'),
    reading('lib/a'),
    reading('lib/a', { atOnce: true }),
    reading('src/a', { class: 'irreversible', labels: 'untrusted/secret', cost: { moneyMicro: 'unknown' } }),
    reading('src/.env', { facts: { path: 'src/.env', secretShaped: true } }),
    reading('src/a', { facts: { path: 'src/a' } }),
    reading('src/a', { action: 'files.raed' }),
    reading('x', { action: 'time.now', facts: {}, egress: { destinations: ['https://a:443'] } }),
  ],
})
