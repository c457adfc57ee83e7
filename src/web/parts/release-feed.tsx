import type { Say } from "../visit.ts"

/** A feed whose items were held goes on when somebody looked at the portal. */
export const ReleaseFeed = ({ feedId, t }: { feedId: string; t: Say }) => (
  <form method="post" action={`/feeds/${feedId}/release`}>
    <p class="why">
      {t(
        "Tin mới của nguồn này đang được giữ lại. Hãy xem cổng trước khi cho đăng tiếp.",
        "New articles of this feed are held. Look at the portal before you let them go on.",
      )}
    </p>
    <button class="small plain">{t("Đã xem, cho đăng tiếp", "I looked, go on")}</button>
  </form>
)
