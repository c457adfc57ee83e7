/** Deliveries as a list: where each stands, when, and why. */
import type { Child } from "hono/jsx"
import { vnDateTime } from "../../base/time.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import { Outward } from "../layout.tsx"
import type { Say } from "../visit.ts"
import { deliveryWord, networkName, stateClass } from "../words.ts"

/** `head` names a delivery: its account on the page of an article, its article on the page of a unit. */
export const DeliveryList = ({
  deliveries,
  head,
  accounts = false,
  t,
}: {
  deliveries: DeliveryView[]
  head: (delivery: DeliveryView) => Child
  accounts?: boolean
  t: Say
}) =>
  deliveries.length ? (
    <ul class="rows">
      {deliveries.map((delivery) => (
        <li>
          {head(delivery)} <span class={`tag ${stateClass(delivery.state)}`}>{deliveryWord(delivery.state, t)}</span>
          <div class="meta">
            <span>{networkName(delivery.network)}</span>
            {accounts ? <span>{delivery.account}</span> : null}
            <span>{vnDateTime(Date.parse(delivery.publishedAt ?? delivery.createdAt))}</span>
            {delivery.remoteUrl ? (
              <span>
                <Outward href={delivery.remoteUrl}>{t("xem bài trên mạng", "open the post")}</Outward>
              </span>
            ) : null}
          </div>
          {delivery.reason ? <p class="why">{delivery.reason}</p> : null}
        </li>
      ))}
    </ul>
  ) : (
    <p class="empty">{t("Chưa có bài nào.", "No posts yet.")}</p>
  )
